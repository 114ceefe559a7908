"""Text to value and back, one entry for each kind of XML value (binding-format: value kinds).

A reader gets the text as it stands and gives the value; what it had to tolerate it tells by
``note(finding id, sentence)``. A value it cannot understand is a ``ValueError`` with a sentence
that never quotes the value.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

Note = Callable[[str, str], None]
Read = Callable[[str, Note], Any]
Write = Callable[[Any], str]

_BLANKS = " \t\r\n"
_BLANK_RUN = re.compile("[ \t\r\n]+")  # XML's blanks only: a no-break space is a character
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?",
    re.ASCII,
)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}


def _trimmed(text: str, note: Note) -> str:
    value = text.strip(_BLANKS)
    if len(value) != len(text):
        note("READ-BLANKS", "blanks around the value were cut")
    return value


def _text(text: str, note: Note) -> str:
    value = _trimmed(text, note)
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _token(text: str, note: Note) -> str:
    value = _trimmed(text, note)
    inner = _BLANK_RUN.sub(" ", value)
    if inner != value:
        note("READ-BLANKS", "blanks inside the value were joined")
    return inner


def _bare_uuid(text: str, note: Note) -> tuple[str, int]:
    value = _trimmed(text, note)
    lower = value.lower()
    if lower != value:
        note("READ-UUID", "an identifier in upper case was lowered")
    prefixes = 0
    while lower.startswith("urn:uuid:"):
        lower = lower[9:]
        prefixes += 1
    if not _UUID.fullmatch(lower):
        raise ValueError("this is not a UUID")
    return lower, prefixes


def _uuid(text: str, note: Note) -> str:
    value, prefixes = _bare_uuid(text, note)
    if prefixes:
        note("READ-UUID", "an identifier that is written bare carried the prefix urn:uuid:")
    return value


def _uuid_urn(text: str, note: Note) -> str:
    value, prefixes = _bare_uuid(text, note)
    if prefixes != 1:
        state = "lacked the prefix urn:uuid:" if not prefixes else "carried urn:uuid: twice"
        note("READ-UUID", f"an identifier {state}")
    return f"urn:uuid:{value}"


def _date(text: str, note: Note) -> str:
    match = _DATE.fullmatch(_trimmed(text, note))
    if not match:
        raise ValueError("this is not a date of the form YYYY-MM-DD")
    date.fromisoformat(match.group(1))
    if match.group(2):
        note("READ-DATE", "the time zone of a date was cut")
    return match.group(1)


def _date_time(text: str, note: Note) -> str:
    value = _trimmed(text, note)
    match = _DATE_TIME.fullmatch(value)
    if not match:
        raise ValueError("this is not a date and time of the form YYYY-MM-DDThh:mm:ss±hh:mm")
    # xs:dateTime knows 24:00:00; datetime does not, so it is checked as midnight.
    datetime.fromisoformat(match.group(1).replace("T24:00:00", "T00:00:00"))
    if not match.group(3):
        note("READ-ZONE", "a time has no zone; it was taken as UTC")
        return f"{value}Z"
    return value


def _boolean(text: str, note: Note) -> bool:
    value = _trimmed(text, note)
    truth = _TRUTH.get(value)
    if truth is None:
        truth = _TRUTH.get(value.lower())
        if truth is None:
            raise ValueError("this is neither true nor false")
        note("READ-CASE", "a truth value was not in lower case")
    return truth


def _integer(text: str, note: Note) -> int:
    value = _trimmed(text, note)
    if not _INTEGER.fullmatch(value):
        raise ValueError("this is not a whole number")
    return int(value)


def _decimal(text: str, note: Note) -> str:
    value = _trimmed(text, note)
    if not _DECIMAL.fullmatch(value):
        raise ValueError("this is not a decimal number")
    return value


def _base64(text: str, note: Note) -> bytes:
    compact = text.translate({32: None, 9: None, 10: None, 13: None})
    if len(compact) != len(text):
        note("READ-BASE64", "blanks or line breaks inside base64 were skipped")
    try:
        return binascii.a2b_base64(compact.encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("this is not base64") from None


def _plain(value: Any) -> str:
    return value  # type: ignore[no-any-return]


def _write_boolean(value: bool) -> str:
    return "true" if value else "false"


def _write_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value: its Python type, its reader and its writer."""

    name: str
    type: type
    read: Read
    write: Write


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("string", str, _trimmed, _plain),
        Kind("text", str, _text, _plain),
        Kind("token", str, _token, _plain),
        Kind("uri", str, _trimmed, _plain),
        Kind("sr-uri", str, _trimmed, _plain),
        Kind("uuid", str, _uuid, _plain),
        Kind("uuid-urn", str, _uuid_urn, _plain),
        Kind("date", str, _date, _plain),
        Kind("dateTime", str, _date_time, _plain),
        Kind("boolean", bool, _boolean, _write_boolean),
        Kind("integer", int, _integer, str),
        Kind("decimal", str, _decimal, _plain),
        Kind("base64", bytes, _base64, _write_base64),
        Kind("qname", str, _trimmed, _plain),
        Kind("xml", str, _plain, _plain),  # type: ignore[arg-type]
    )
}


def sr_uri_reader(canonical: str, also: tuple[str, ...]) -> Read:
    """Make the reader of Semantic Repository addresses: other published hosts become the first."""

    def read(text: str, note: Note) -> str:
        value = _trimmed(text, note)
        for host in also:
            if value.startswith(host):
                note("READ-HOST", "the other published host of the Semantic Repository was read")
                return canonical + value[len(host) :]
        return value

    return read


def code_reader(values: frozenset[str], closed: bool) -> Read:
    """Make the reader of a code list's values.

    A value that differs from one code only in case or by a leading address or URN part is read
    as that code; one outside a closed list stays as it is, with a finding.
    """
    folded: dict[str, str] = {}
    for value in sorted(values):
        folded[value.lower()] = "" if value.lower() in folded else value

    def read(text: str, note: Note) -> str:
        if text in values:
            return text
        value = _token(text, note)
        if value in values or (not closed and not values):
            return value
        for candidate in (value, re.split(r"[:/]", value)[-1]):
            known = folded.get(candidate.lower())
            if known:
                note("READ-CODE", "a code was spelt in another form than the list has it")
                return known
        if closed:
            note("READ-CODE-UNKNOWN", "the code is not in its list")
        return value

    return read
