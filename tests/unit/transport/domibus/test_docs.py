"""docs/domibus.md says what the code says."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

from bridge.transport.domibus.client import Settings
from bridge.transport.domibus.dialect import DIALECTS
from bridge.transport.domibus.faults import DUPLICATE, FAULTS
from bridge.transport.domibus.operations import Status
from bridge.transport.domibus.transport import PROGRESS, DomibusTransport

PAGE = Path(__file__).resolve().parents[4] / "docs" / "domibus.md"


def rows(after: str) -> list[list[str]]:
    """The cells of the first table after a line of the page."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(after)
    table = re.search(r"(?:^\|.*\|\n)+", rest, re.MULTILINE)
    assert table is not None, after
    lines = table.group().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(after: str) -> list[str]:
    return [row[0].strip("`") for row in rows(after)]


def test_each_setting_of_the_client_is_told() -> None:
    assert names("Settings of the client") == [each.name for each in fields(Settings)]


def test_each_setting_of_the_transport_is_told() -> None:
    parameters = inspect.signature(DomibusTransport).parameters.values()
    told = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    assert names("Settings of the transport") == told


def test_each_state_is_told_as_what_it_is() -> None:
    told = {
        Status(state): row[1]
        for row in rows("## How a message of ours fares")
        for state in re.findall(r"`(\w+)`", row[0])
    }
    assert {
        state: text.split(":")[0].split(",")[0].split(";")[0] for state, text in told.items()
    } == {state: progress.value for state, progress in PROGRESS.items()}


def test_each_code_is_told_with_its_second_chance() -> None:
    told = {row[0].strip("`"): row[2] for row in rows("What the plug-in's refusals mean")}
    assert told == {
        code: "asked for" if code == DUPLICATE else "yes" if meaning.retryable else "no"
        for code, meaning in FAULTS.items()
    }


def test_each_dialect_is_told() -> None:
    assert names("## Older releases") == list(DIALECTS)
