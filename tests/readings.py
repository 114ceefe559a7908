"""Documents changed by a pattern, and what reading them tells: shared by the tests of the reader."""

from __future__ import annotations

import re
from pathlib import Path

from bridge.standards.catalogue import Reading
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, FIXTURES

REQUEST = FIXTURES / "edm/1.2/request-full.xml"
EXTREME = FIXTURES / "edm/1.2/request-extreme.xml"
RESPONSE = FIXTURES / "edm/2.0/response-extreme.xml"
ERROR = FIXTURES / "edm/1.2/exception-extreme.xml"
SEALED = FIXTURES / "xnachweis/1.4/0302-sealed.xml"
NATIONAL = FIXTURES / "xnachweis/1.4/0302-full.xml"


def read(octets: bytes) -> Reading:
    return CATALOGUE.read(parse(octets))


def ids(reading: Reading) -> set[str]:
    return {finding.id for finding in reading.findings}


Change = tuple[Path, str, str, str | None]


def changed(path: Path, pattern: str, replacement: str, count: int = 0) -> bytes:
    text, done = re.subn(pattern, replacement, path.read_text("utf-8"), count=count)
    assert done, pattern
    return text.encode("utf-8")


VALUE = re.compile(r"4711|17\.04\.1988|maybe|Kask|Mari-Liis|Liis|48804170009|\bXX\b|Z9|Mood")
"""Values of the fixtures that the tables of changes touch or put in."""


def quotes_a_value(path: Path, pattern: str, replacement: str) -> bool:
    """Whether a finding of the changed document repeats one of the values."""
    findings = read(changed(path, pattern, replacement)).findings
    return any(VALUE.search(finding.message) for finding in findings)
