"""Data minimisation: what a procedure may not receive is cut and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.mapping.receive import procedure_of
from bridge.message import group
from tests.example_world import World, world
from tests.mapping_worlds import bare_context, edm_versions, shipped

ROWS = """[[row]]
id = "status"
pairs = ["payload"]
eu = "Note"
national = "vermerk"
cut = true

[[row]]
id = "twice"
pairs = ["payload"]
eu = "Remark"
national = "vermerk"
direction = "to-eu"
loss = "x"

[[row]]
id = "holder"
pairs = ["payload"]
eu = "Holder[]"
national = "halter[]"
part = "holder"

[[row]]
id = "office"
pairs = ["payload"]
eu = "Issued"
constant = "DE"
direction = "to-eu"
loss = "the register knows who it is"

[part.holder]

[[part.holder.row]]
id = "family-name"
eu = "Person/FamilyName"
national = "person/familienname"

[[part.holder.row]]
id = "given-name"
eu = "Person/GivenName"
national = "person/vornamen"

[[part.holder.row]]
id = "firm"
eu = "Organisation/LegalName"
national = "firma/name"
"""
RECEIVES = """
[[receives]]
procedure = "V2"
fields = {fields}
reason = "nobody needs more"
"""
GIVEN = {
    "vermerk": "x",
    "halter": [{"person": {"familienname": "Muster", "vornamen": "A"}}, {"firma": {"name": "B"}}],
}


def made(folder: Path, fields: str) -> World:
    return world(folder, ROWS + RECEIVES.format(fields=fields))


def test_what_is_beyond_is_cut_with_the_reason_and_the_procedure(tmp_path: Path) -> None:
    there = made(tmp_path, '["Holder/Person", "Holder/Organisation"]')

    fields, account = there.translate("to-eu", GIVEN, "V2")

    assert fields == group(
        {
            "Holder": [
                {"Person": {"FamilyName": "Muster", "GivenName": "A"}},
                {"Organisation": {"LegalName": "B"}},
            ]
        }
    )
    told = [(e.path, e.reason, e.row) for e in account.lost if e.row.startswith("receives")]
    assert told == [("vermerk", "nobody needs more (procedure V2)", "receives.V2")]
    assert not [e for e in account.mapped if e.path == "vermerk"]
    assert not [e for e in account.given if e.path == "Issued"]


def test_a_leaf_that_still_arrives_somewhere_is_not_lost(tmp_path: Path) -> None:
    fields, account = made(tmp_path, '["Note"]').translate("to-eu", {"vermerk": "x"}, "V2")
    assert fields == group({"Note": "x"})
    assert [e.target for e in account.mapped] == ["Note"]
    assert not [e for e in account.lost if e.path == "vermerk"]


@pytest.mark.parametrize("procedure", ["", "X1"])
def test_other_procedures_receive_everything(tmp_path: Path, procedure: str) -> None:
    fields, account = made(tmp_path, '["Note"]').translate("to-eu", {"vermerk": "x"}, procedure)
    assert fields == group({"Note": "x", "Remark": "x", "Issued": "DE"})
    assert not [e for e in account.lost if e.row.startswith("receives")]


def test_the_other_side_receives_everything(tmp_path: Path) -> None:
    fields, _account = made(tmp_path, '["Remark"]').translate("to-national", {"Note": "x"}, "V2")
    assert fields == group({"vermerk": "x"})


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ('["Note", "Holder"]', []),
        ('["Holder/Person", "Holder/Organisation"]', []),
        ('["Nota"]', ["eu has no field 'Nota'; did you mean 'Note'?"]),
        ('["Holder/Person/Name"]', ["eu has no field 'Holder/Person/Name'; did you mean"]),
        ('["Fee/Amount"]', ["'Fee/Currency' is mandatory on the side eu and would be cut"]),
        ('["Holder/Person"]', ["'Holder/Organisation' is mandatory"]),
    ],
)
def test_named_attributes_exist_and_nothing_mandatory_is_cut(
    tmp_path: Path, fields: str, problems: list[str]
) -> None:
    told = [p for p in made(tmp_path, fields).static() if "receives V2" in p]
    assert len(told) == len(problems) or problems
    for wanted in problems:
        [found] = [p for p in told if wanted in p]
        assert found.startswith("example.toml:")


def test_a_problem_names_line_and_column_of_the_path(tmp_path: Path) -> None:
    [told] = [p for p in made(tmp_path, '["Nota"]').static() if "no field" in p]
    text = (tmp_path / "mappings" / "example.toml").read_text("utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "Nota" in row)
    assert told.endswith(f"(line {line}, column 12)")


def test_a_procedure_stands_once_for_a_side(tmp_path: Path) -> None:
    rows = ROWS + RECEIVES.format(fields='["Note"]') * 2
    assert any("stands twice" in problem for problem in world(tmp_path, rows).static())


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("name", ["request", "order"])
def test_the_procedure_is_that_of_the_request_or_order(edm: str, name: str) -> None:
    message = shipped(f"demo/request-{edm.removeprefix('edm-')}")
    context: Any = bare_context().with_messages(**{name: message})
    assert procedure_of(context) == message.fields["Procedure"]
    assert procedure_of(bare_context()) == ""
