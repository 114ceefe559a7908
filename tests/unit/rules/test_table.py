from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import DataFileFault
from bridge.finding import Severity
from bridge.rules.table import has_rules, load_rules

BASE = """\
chapter = "Base 1"
roots = ["q:R"]
[namespaces]
q = "urn:q"
[lists]
Land = "land.csv"
[[rule]]
id = "A-1"
message = "R"
severity = "fatal"
context = "q:R"
test = "q:x"
text = { en = "There is an x.", de = "Es gibt ein x." }
since = "1.0"
[[rule]]
id = "A-2"
severity = "fatal"
received = "warning"
needs = "now"
context = "q:R"
test = "q:y"
text = { en = "There is a y.", de = "Es gibt ein y." }
[[open]]
id = "A-3"
why = "not published"
"""
HEIR = """\
inherits = "1"
drop = ["A-2"]
[[change]]
id = "A-1"
test = "q:z"
[[rule]]
id = "A-4"
severity = "info"
context = "//q:R"
test = "true()"
text = { en = "All is well.", de = "Alles ist gut." }
chapter = "Heir 2"
"""


def write(root: Path, version: str, text: str) -> Path:
    folder = root / "family" / version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.toml").write_text(text, encoding="utf-8")
    (folder / "land.csv").write_text("# source: made up\ncode,name\nDE,x\nFR,y\n", encoding="utf-8")
    return folder


def test_a_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    table = load_rules(write(tmp_path, "1", BASE))
    first, second = table.rules
    assert (table.family, table.version, table.roots) == ("family", "1", ("q:R",))
    assert table.lists == {"Land": frozenset({"DE", "FR"})}
    assert (first.chapter, first.stage, first.message) == ("Base 1", "content", "R")
    assert (second.severity, second.received) == (Severity.FATAL, Severity.WARNING)
    assert [row.id for row in table.open] == ["A-3"]


def test_an_heir_says_only_what_differs(tmp_path: Path) -> None:
    write(tmp_path, "1", BASE)
    table = load_rules(write(tmp_path, "2", HEIR))
    assert [rule.id for rule in table.rules] == ["A-1", "A-4"]
    changed, added = table.rules
    assert (changed.test, changed.context, changed.chapter) == ("q:z", "q:R", "Base 1")
    assert added.chapter == "Heir 2"
    assert [row.id for row in table.open] == ["A-3"]
    assert table.namespaces == {"q": "urn:q"}


def test_rows_are_selected_by_kind_and_need(tmp_path: Path) -> None:
    table = load_rules(write(tmp_path, "1", BASE))
    assert [rule.id for rule in table.select("R")] == ["A-1"]
    assert [rule.id for rule in table.select("Other", "now")] == ["A-2"]
    assert table.rule("A-1") is not None
    assert table.rule("A-9") is None


@pytest.mark.parametrize(
    ("since", "until", "version", "holds"),
    [
        ("", "", "1.0", True),
        ("1.2", "", "1.10", True),
        ("1.2", "", "1.1", False),
        ("", "1.2", "1.2", True),
        ("", "1.2", "2.0", False),
    ],
)
def test_both_ends_of_a_span_count(
    tmp_path: Path, since: str, until: str, version: str, holds: bool
) -> None:
    text = BASE.replace('since = "1.0"', f'since = "{since}"\nuntil = "{until}"')
    table = load_rules(write(tmp_path, "1", text)).of_version(version)
    assert ("A-1" in {rule.id for rule in table.rules}) is holds


REFUSED = {
    "an unknown key": (BASE.replace("needs =", "need ="), "did you mean 'needs'", 15),
    "an unknown part": ("rulez = 1\n" + BASE, "unknown key 'rulez'", 1),
    "no test": (BASE.replace('test = "q:x"\n', ""), "'test' is missing", 7),
    "an unknown severity": (BASE.replace('"fatal"', '"grave"', 1), "'grave' is none of", 7),
    "an unknown stage": (BASE.replace('needs = "now"', 'stage = "x"'), "'x' is none of", 15),
    "one language": (BASE.replace(', de = "Es gibt ein x."', ""), "de and en", 7),
    "an id twice": (BASE.replace("A-2", "A-1"), "A-1 stands twice", 15),
    "an open row without reason": (BASE.replace('why = "not published"\n', ""), "'why'", 23),
    "no TOML": ("[[rule]\n", "not valid TOML", None),
}


@pytest.mark.parametrize(("text", "says", "line"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str, line: int | None
) -> None:
    with pytest.raises(DataFileFault, match=says) as caught:
        load_rules(write(tmp_path, "1", text))
    assert caught.value.line == line
    assert caught.value.where.endswith("rules.toml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('drop = ["A-2"]', 'drop = ["A-5"]', "drop: no row 'A-5' is inherited"),
        ('[[change]]\nid = "A-1"', '[[change]]\nid = "A-2"', "change: no row 'A-2' is inherited"),
        ('test = "q:z"', 'tests = "q:z"', "unknown key 'tests'"),
        ('inherits = "1"', 'inherits = "2"', "inherits from itself"),
        ('inherits = "1"', 'inherits = "9"', "cannot be read"),
    ],
)
def test_an_heir_that_fits_no_base_is_refused(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    write(tmp_path, "1", BASE)
    with pytest.raises(DataFileFault, match=says):
        load_rules(write(tmp_path, "2", HEIR.replace(old, new)))


def test_an_id_may_stand_twice_where_versions_lie_apart(tmp_path: Path) -> None:
    text = BASE.replace('id = "A-2"', 'id = "A-1"\nsince = "2.0"').replace(
        'since = "1.0"', 'until = "1.2"'
    )
    table = load_rules(write(tmp_path, "1", text))
    assert [rule.test for rule in table.of_version("1.1").rules] == ["q:x"]
    assert [rule.test for rule in table.of_version("2.0").rules] == ["q:y"]


def test_a_folder_without_rules_is_told(tmp_path: Path) -> None:
    assert not has_rules(tmp_path)
    assert has_rules(write(tmp_path, "1", BASE))


def test_an_inherited_list_that_the_folder_has_itself_is_its_own(tmp_path: Path) -> None:
    for version in ("1.0", "2.0", "3.0"):
        (tmp_path / version / "codelists").mkdir(parents=True)
    (tmp_path / "1.0" / "codelists" / "one.csv").write_text("# source: made up\ncode\nA\nB\n")
    (tmp_path / "2.0" / "codelists" / "one.csv").write_text("# source: made up\ncode\nC\n")
    (tmp_path / "1.0" / "rules.toml").write_text('[lists]\nOne = "codelists/one.csv"\n')
    for version in ("2.0", "3.0"):
        (tmp_path / version / "rules.toml").write_text('inherits = "1.0"\n')
    lists = [load_rules(tmp_path / version).lists["One"] for version in ("1.0", "2.0", "3.0")]
    assert lists == [{"A", "B"}, {"C"}, {"A", "B"}]
