"""Each law that documents prove is broken once, and told with its row and a small example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.example_world import world
from tests.mapping_worlds import PAYLOAD_ROUTES, TABLES, route_id

ROW = """[[row]]
id = "it"
pairs = ["payload"]
{}
"""
BROKEN = {
    "a text becomes a number": (
        'eu = "Rate"\nnational = "vermerk"\ndirection = "to-eu"\nloss = "x"',
        "the output is not valid",
    ),
    "letters change on the way": (
        'eu = "Note"\nnational = "bemerkung"\nconvert = "upper"\ncut = true\nloss = "x"',
        "'bemerkung' does not come back: ",
    ),
    "a value is lost without a word": (
        'eu = "{Issued:digits} {Note}"\nnational = "vermerk"\ncut = true',
        "is lost \\(the text has another form\\) and the row states no 'loss'",
    ),
    "a converter meets what it does not understand": (
        'eu = "Year"\nnational = "vermerk"\nconvert = "year"\ndirection = "to-eu"\nloss = "x"',
        "may have values that the converter 'year' does not understand",
    ),
    "a mandatory field stays empty": (
        'eu = "Fee/Amount"\nnational = "satz"\nconvert = "decimal-comma"\ndirection = "to-eu"\n'
        'loss = "x"\n\n[[row]]\nid = "currency"\npairs = ["payload"]\neu = "Fee/Currency"\n'
        'national = "gebuehr/waehrung"\ndirection = "to-eu"\nloss = "x"',
        "a valid source leaves the target incomplete: Fee/",
    ),
    "a condition loses values": (
        'eu = "Remark"\nnational = "bemerkung"\nwhen = { field = "status", is = ["gueltig"] }',
        "'bemerkung' is lost",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_law_is_told_with_its_row_and_a_small_example(name: str, tmp_path: Path) -> None:
    row, what = BROKEN[name]
    there = world(tmp_path, ROW.format(row))
    told = [problem for problem in there.tried(80) if re.search(what, problem)]
    assert told
    assert re.match(r"example\.toml:\d+: row (it|currency): ", told[0])
    example = told[0].partition("example: ")[2]
    assert example.count(" = ") <= 2, "the example is not small"


def test_a_sound_table_has_no_problem(tmp_path: Path) -> None:
    there = world(tmp_path, ROW.format('eu = "Remark"\nnational = "bemerkung"'))
    assert there.static() == []
    assert there.tried(80) == []


def test_the_same_problems_come_again(tmp_path: Path) -> None:
    row, _what = BROKEN["letters change on the way"]
    there = world(tmp_path, ROW.format(row))
    assert there.tried(40) == there.tried(40)


def test_so_many_problems_of_a_route_are_told_and_no_more(tmp_path: Path) -> None:
    names = ("Issued", "Note", "Year")
    rows = "\n".join(
        f'[[row]]\nid = "r{n}"\npairs = ["payload"]\neu = "{name}"\n'
        f'national = "{other}"\nconvert = "upper"\ncut = true'
        for n, (name, other) in enumerate(
            zip(names, ("bemerkung", "vermerk", "titel"), strict=True)
        )
    )
    told = world(tmp_path, rows).tried(60)
    assert {re.search(r"row (r\d)", problem)[1] for problem in told} == {"r0", "r1", "r2"}  # type: ignore[index]
    assert len(told) <= 12


@pytest.mark.parametrize("route", PAYLOAD_ROUTES, ids=route_id)
def test_shipped_contents_keep_the_laws_on_two_hundred_documents(route: tuple[object, ...]) -> None:
    from bridge.mapping.trial import Trial

    assert list(Trial(TABLES, *route).problems(200)) == []  # type: ignore[arg-type]
