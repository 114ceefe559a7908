"""A case file: what it says, and what is refused with file, line and the nearest name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.conform import case as module
from bridge.conform.case import Case, Rules, load_case
from bridge.errors import UnreadableDocument
from bridge.finding import Finding, Severity
from tests.unit.conform.desks import FIXTURES, STANDARDS, written

LEAST = 'input = "request.xml"\n[expected]\nverdict = "valid"\n'
TRANSLATION = f"""input = "request.xml"
[expected.translation]
to = "{STANDARDS[-1]}"
file = "answer.xml"
now = 2026-02-03T09:15:00Z
seed = "word"
"""


def load(folder: Path, text: str) -> Case:
    return load_case(written(folder, text), "a", STANDARDS)


def test_the_least_that_a_case_says(tmp_path: Path) -> None:
    case = load(tmp_path, LEAST)
    assert case.inputs == (tmp_path / "request.xml",)
    assert (case.version, case.now, case.sending, case.beside) == ("auto", None, False, {})
    assert case.expected.kind == "valid"


def test_all_that_a_case_may_say(tmp_path: Path) -> None:
    case = load(
        tmp_path,
        'title = "t"\ndescription = "d"\nchapter = "EDM 3"\nversion = "edm-1.2"\n'
        'input = ["request.xml", "answer.xml"]\nnow = 2026-02-03T10:15:00+01:00\n'
        'environment = "production"\nsending = true\n'
        '[beside]\nrequest = "request.xml"\nheader = "answer.xml"\n'
        '[expected]\nmust = ["A-*"]\nmay = ["B"]\nmust_not = ["C"]\n'
        'answer = { code = "EDM:ERR:0003", detail = ["A-1"] }\n',
    )
    assert (case.title, case.description, case.chapter) == ("t", "d", "EDM 3")
    assert (case.version, case.environment, case.sending) == ("edm-1.2", "production", True)
    assert case.now == datetime(2026, 2, 3, 9, 15, tzinfo=UTC)
    assert [path.name for path in case.inputs] == ["request.xml", "answer.xml"]
    assert case.exchange == {"request": tmp_path / "request.xml"}
    assert case.expected.rules == Rules(("A-*",), ("B",), ("C",))
    assert case.expected.answer is not None and case.expected.answer.detail == ("A-1",)
    assert case.expected.kind == "error answer"


def test_a_translation_takes_the_time_of_the_case(tmp_path: Path) -> None:
    text = TRANSLATION.replace("now = 2026-02-03T09:15:00Z\n", "")
    case = load(tmp_path, f"now = 2026-02-03T09:15:00\n{text}")
    assert case.expected.translation is not None
    assert case.expected.translation.now == datetime(2026, 2, 3, 9, 15, tzinfo=UTC)
    assert case.expected.kind == "translation"


def test_the_files_of_a_case_are_all_it_depends_on(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text("[settings]\nx = true\n")
    text = f'{TRANSLATION}with = ["world.toml"]\n[beside]\nheader = "answer.xml"\n'
    names = [path.name for path in load(tmp_path, text).files]
    assert names == ["a.case.toml", "request.xml", "answer.xml", "answer.xml", "world.toml"]


REFUSED = {
    "no TOML": ("input = \n", 1, "not valid TOML"),
    "no input": ('[expected]\nverdict = "valid"\n', 1, "'input' is missing"),
    "nothing expected": ('input = "request.xml"\n', 1, "'expected' is missing"),
    "an empty list of inputs": ("input = []\n[expected]\nverdict = 'valid'\n", 1, "'input'"),
    "a misspelt key": (f'titel = "x"\n{LEAST}', 1, "'titel'; did you mean 'title'?"),
    "a misspelt key in a table": (
        'input = "request.xml"\n[expected]\nverdict = "valid"\nmustnot = ["A"]\n',
        4,
        "[expected] unknown key 'mustnot'; did you mean 'must_not'?",
    ),
    "a misspelt key deep down": (
        f"{TRANSLATION}sed = 'x'\n", 7, "[expected.translation] unknown key 'sed'",
    ),
    "a verdict that is none": (LEAST.replace("valid", "good"), 3, "none of valid, invalid"),
    "a version that nobody has": (f'version = "edm-7.7"\n{LEAST}', 1, "'edm-7.7' is none of auto"),
    "a file that is not there": (LEAST.replace("request", "nowhere"), 1, "no file 'nowhere.xml'"),
    "a file beside that is not there": (
        f'{LEAST}[beside]\nrequest = "nowhere.xml"\n', 5, "[beside] request: there is no file",
    ),
    "a name with NUL": (LEAST.replace("request", r"\u0000"), 1, "there is no file"),
    "a role that is none": (f'{LEAST}[beside]\nreqest = "request.xml"\n', 5, "'request'?"),
    "a text where a list belongs": (f'{LEAST}must = "A"\n', 4, "'must' must be a list of texts"),
    "numbers in a list": (f"{LEAST}must = [1]\n", 4, "'must' must be a list of texts"),
    "no rule id": (f'{LEAST}must = ["A B"]\n', 4, "'A B' is no rule id"),
    "a rule in two lists": (f'{LEAST}must = ["A"]\nmay = ["A"]\n', 5, "in 'must' and in 'may'"),
    "a time in quotes": (f'now = "2026-02-03T09:15:00Z"\n{LEAST}', 1, "without quotes"),
    "a truth value in quotes": (f'sending = "yes"\n{LEAST}', 1, "true or false"),
    "a table where a text belongs": (f"{LEAST}[title]\n", 4, "'title' must be a text"),
    "a text where a table belongs": (f'beside = "x"\n{LEAST}', 1, "'beside' must be a table"),
    "a translation without target": (
        TRANSLATION.replace(f'to = "{STANDARDS[-1]}"\n', ""), 2, "'to' is missing",
    ),
    "a translation without time": (
        TRANSLATION.replace("now = 2026-02-03T09:15:00Z\n", ""), 2, "'now' is missing",
    ),
    "a translation without seed": (TRANSLATION.replace('seed = "word"\n', ""), 2, "'seed'"),
    "a translation without outcome": (
        TRANSLATION.replace('file = "answer.xml"\n', ""), 2, "one of 'file' and 'refused'",
    ),
    "a translation with two outcomes": (
        f'{TRANSLATION}refused = ["A"]\n', 2, "one of 'file' and 'refused'",
    ),
    "a context that is none": (f"{TRANSLATION}context = 1\n", 7, "a table of groups"),
    "a file of groups that is none": (f'{TRANSLATION}with = ["request.xml"]\n', 1, "not valid TOML"),
    "an answer without code": (f"{LEAST}[expected.answer]\ndetail = []\n", 4, "'code' is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "what"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_told_with_file_and_line(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        load(tmp_path, text)
    assert what in caught.value.what
    assert caught.value.line == line
    assert caught.value.code == "CASE"
    assert caught.value.where.startswith(str(tmp_path))


def test_a_byte_order_mark_is_told_with_its_remedy(tmp_path: Path) -> None:
    path = written(tmp_path, LEAST)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    with pytest.raises(UnreadableDocument, match="Save it as UTF-8 without BOM"):
        load_case(path, "a", STANDARDS)


def test_the_page_on_the_format_names_every_key() -> None:
    page = (FIXTURES.parent / "docs" / "conformance.md").read_text("utf-8")
    told = set(re.findall(r"^([a-z_]+) = ", page, re.MULTILINE))
    told |= {
        word for names in re.findall(r"^\[([\w.]+)\]", page, re.M) for word in names.split(".")
    }
    known = {*module._TOP, *module._EXPECTED, *module._TRANSLATION, *module._ANSWER, *module.ROLES}
    # `refused` stands beside `file`, in whose place it is.
    assert known - told == {"refused"} and "refused = [" in page
    assert told - known <= {"preview", "PreviewLocation"}


VALUES = st.recursive(
    st.sampled_from(['"request.xml"', '"valid"', '"*"', "1", "true", "2026-02-03T09:15:00Z", '""']),
    lambda inner: st.lists(inner, max_size=2).map(lambda each: f"[{', '.join(each)}]"),
    max_leaves=3,
)
KEYS = st.sampled_from(
    ["title", "input", "version", "now", "sending", "beside", "expected", "verdict", "must", "to",
     "file", "seed", "translation", "answer", "code", "context", "with", "request", "other"]
)  # fmt: skip
TABLES = st.sampled_from(
    ["[beside]", "[expected]", "[expected.translation]", "[expected.answer]", "[[expected]]"]
)
LINES = st.lists(st.one_of(TABLES, st.builds("{} = {}".format, KEYS, VALUES)), max_size=9)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_whatever_a_file_says_it_is_a_case_or_an_error_with_a_line(
    tmp_path: Path, lines: list[str]
) -> None:
    try:
        case = load(tmp_path, "\n".join(lines))
    except UnreadableDocument as fault:
        assert fault.line is not None and fault.line >= 1
    else:
        assert case.inputs


STANDINGS = {
    "a pattern": ("R-1", "must"),
    "a longer pattern wins": ("R-23", "must_not"),
    "the longest wins": ("R-234", "may"),
    "nothing fits": ("X", ""),
    "a question mark is a letter": ("Q-?1", "must"),
    "no other letter stands for it": ("Q-P1", ""),
    "brackets mean nothing": ("Rx1", ""),
}


@pytest.mark.parametrize(("rule", "standing"), STANDINGS.values(), ids=STANDINGS)
def test_the_pattern_with_the_most_letters_decides(rule: str, standing: str) -> None:
    rules = Rules(must=("R-*", "Q-?1"), may=("R-234",), must_not=("R-23*",))
    assert rules.standing(Finding(rule, Severity.FATAL, "/", "")) == standing


def test_what_must_fire_and_does_not_is_named_by_its_pattern() -> None:
    rules = Rules(must=("A-*", "B", "C?"))
    fired = [Finding(each, Severity.INFO, "/", "") for each in ("A-1", "CC")]
    assert rules.silent(fired) == ("B", "C?")
