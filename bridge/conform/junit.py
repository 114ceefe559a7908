"""A run as JUnit XML, in the shape that build servers read: a suite, cases, failures and errors.

Excerpts stay out of it: build servers keep what they get, and excerpts hold personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Final
from xml.sax.saxutils import quoteattr

from bridge.conform.outcome import Outcome, Standing, State
from bridge.conform.tally import Run

_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS: Final = {State.FAILED: "failure", State.UNREADABLE: "error"}


def junit(run: Run, now: datetime) -> Iterator[str]:
    """Give the document in pieces. A failed case is a failure, an unreadable one an error."""
    states = run.tally.states
    totals = (
        f'tests="{run.tally.cases}" failures="{states[State.FAILED]}" '
        f'errors="{states[State.UNREADABLE]}" time="{run.seconds:.3f}"'
    )
    name = _attribute(run.suite)
    moment = now.strftime("%Y-%m-%dT%H:%M:%S")
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="bridge conform" {totals}>\n'
    yield f'<testsuite name={name} {totals} skipped="0" timestamp="{moment}" hostname="">\n'
    yield "<properties>\n"
    for key, value in run.figures().items():
        if isinstance(value, int | float):
            yield f'<property name="{key}" value="{value}"/>\n'
    yield "</properties>\n"
    for outcome in run.outcomes:
        yield from _case(outcome)
    yield "</testsuite>\n</testsuites>\n"


def _case(outcome: Outcome) -> Iterator[str]:
    path = PurePath(outcome.name)
    folder = ".".join(part for part in path.parent.parts if part not in ("/", ".."))
    attributes = (
        f"classname={_attribute(folder or 'suite')} "
        f"name={_attribute(outcome.title or path.name)} "
        f'file={_attribute(outcome.file)} time="{outcome.seconds:.6f}"'
    )
    element = _ELEMENTS.get(outcome.state)
    if element is None:
        yield f"<testcase {attributes}/>\n"
        return
    message = _attribute(outcome.misses[0] if outcome.misses else str(outcome.state))
    yield f"<testcase {attributes}>\n"
    yield f"<{element} type={_attribute(outcome.state)} message={message}>"
    yield _text("\n".join(_lines(outcome)))
    yield f"</{element}>\n</testcase>\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    yield from outcome.misses
    for checked in outcome.checked:
        for told in checked.told:
            if told.standing is Standing.UNEXPECTED:
                found = told.finding
                place = checked.file + ("" if found.line is None else f":{found.line}")
                yield f"{place}: {found.severity} {found.id} at {found.location}: {found.message}"


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    escaped = _clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")
