"""The table of ebMS errors, and the error that answers a fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.errors import DataFileFault, RefusedMessage
from bridge.resources import standards
from bridge.transport.as4.errors import EbmsError, load_errors

TABLE = load_errors(standards())
SOURCES = sorted((Path(__file__).resolve().parents[4] / "bridge/transport").rglob("*.py"))


def test_every_code_that_the_code_raises_has_a_row() -> None:
    raised = {
        code for path in SOURCES for code in re.findall(r"EBMS:\d{4}", path.read_text("utf-8"))
    }
    assert raised
    assert raised - TABLE.keys() == set()


def test_a_fault_becomes_the_error_of_its_row() -> None:
    fault = RefusedMessage("it does not verify", code="EBMS:0101", where="Body")
    assert TABLE.error(fault, "m@x") == EbmsError(
        "EBMS:0101", "failure", "FailedAuthentication", "Processing", "security", "m@x",
        "it does not verify", "Body",
    )  # fmt: skip


def test_a_message_that_was_stopped_is_never_answered_by_a_warning() -> None:
    assert TABLE["EBMS:0002"].severity == "warning"
    assert TABLE.error(RefusedMessage("no", code="EBMS:0002")).severity == "failure"


def test_a_code_without_row_is_another_error() -> None:
    assert TABLE.error(RefusedMessage("no", code="EBMS:9999")).code == "EBMS:0004"


REACTIONS = {
    "EBMS:0001": "stop", "EBMS:0003": "stop", "EBMS:0009": "stop", "EBMS:0010": "stop",
    "EBMS:0011": "stop", "EBMS:0052": "stop", "EBMS:0101": "stop", "EBMS:0102": "stop",
    "EBMS:0103": "stop", "EBMS:0303": "stop", "EBMS:0004": "retry", "EBMS:0005": "retry",
    "EBMS:0201": "retry", "EBMS:0202": "retry", "EBMS:4001": "delivered", "X:1": "retry",
}  # fmt: skip


@pytest.mark.parametrize(("code", "reaction"), REACTIONS.items(), ids=REACTIONS)
def test_a_sender_knows_what_to_do(code: str, reaction: str) -> None:
    assert TABLE.reaction(EbmsError(code, "failure")) == reaction


ROW = '[[error]]\ncode = "EBMS:0004"\nname = "Other"\nseverity = "failure"\nreaction = "stop"\n'
BROKEN = {
    "no TOML": "[[",
    "no row for other": ROW.replace("0004", "0001"),
    "a key that nobody knows": ROW + 'x = "y"\n',
    "a code twice": ROW + ROW,
    "a severity that is none": ROW.replace('"failure"', '"fatal"'),
    "a reaction that is none": ROW.replace('"stop"', '"wait"'),
    "a row without name": ROW.replace('name = "Other"\n', ""),
    "something beside rows": ROW + '[other]\nx = "y"\n',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_refused_with_its_place(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ebms" / "1" / "errors.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    with pytest.raises(DataFileFault) as fault:
        load_errors(tmp_path)
    assert str(file) in fault.value.where


def test_a_table_of_one_row_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "ebms" / "1" / "errors.toml"
    file.parent.mkdir(parents=True)
    file.write_text(ROW, "utf-8")
    assert list(load_errors(tmp_path)) == ["EBMS:0004"]


def test_without_a_table_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(DataFileFault):
        load_errors(tmp_path)
