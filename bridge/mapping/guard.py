"""The border guard: national identifiers never leave towards the EU (NOOTS 8.2, 8.4).

It stands at one place, twice: on the outgoing fields, where free text is cleaned, and on the
outgoing octets, where anything that is still there stops the message. What it guards is data,
``mappings/guard.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any, Final

from bridge.errors import BorderViolation, MappingFault
from bridge.finding import Finding, Severity
from bridge.message import Group, Message

_GAP: Final = r"[\s./–-]?"
_NUMBER: Final = re.compile(
    rf"(?<![0-9A-Za-z])[1-9][0-9]{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_BETWEEN: Final = r"[\W_]{0,3}"
_REMOVED: Final = "[…]"
_INDEX: Final = re.compile(r"\[\d+\]")
_LEAST_SECRET: Final = 6


def is_idnr(text: str) -> bool:
    """Judge the form of an IDNr: eleven digits, no leading zero, check digit ISO 7064 MOD 11,10.

    >>> is_idnr("12345678903"), is_idnr("12345678901")
    (True, False)
    """
    if len(text) != 11 or not text.isascii() or not text.isdigit() or text[0] == "0":
        return False
    product = 10
    for digit in text[:10]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(text[10])


def _numbers(text: str) -> Iterator[re.Match[str]]:
    for match in _NUMBER.finditer(text):
        if is_idnr(re.sub(r"[^0-9]", "", match.group())):
            yield match


@lru_cache(maxsize=256)
def _spelled(secrets: frozenset[str]) -> re.Pattern[str]:
    """Find secrets however they are spelled: other case, blanks and signs between the letters."""
    letters = [[c for c in secret if c.isalnum()] or list(secret) for secret in sorted(secrets)]
    return re.compile(
        "|".join(_BETWEEN.join(map(re.escape, some)) for some in letters) or r"(?!)", re.IGNORECASE
    )


@dataclass(frozen=True, slots=True)
class Never:
    """A national field that never leaves; ``secret``: nor does its value, wherever it stands."""

    field: str
    why: str
    chapter: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Outgoing fields after the guard: what was removed, what must stop the message."""

    fields: Group
    removed: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """What is guarded.

    ``redact``: text fields that are cleaned; ``exempt``: identifier fields in which a number of
    eleven digits is legitimate.
    """

    never: tuple[Never, ...]
    redact: tuple[str, ...]
    exempt: tuple[str, ...]

    def guards(self, path: str) -> Never | None:
        """Tell whether a national field path is one that never leaves."""
        plain = _INDEX.sub("", path).replace("[]", "")
        return next((never for never in self.never if _ends(plain, never.field)), None)

    def secrets(
        self, messages: Iterable[Message], values: Mapping[str, Group] | None = None
    ) -> frozenset[str]:
        """Collect the values that must not appear anywhere.

        They come from all messages of the exchange, and from the groups of its context.
        """
        found: set[str] = set()
        groups = [message.fields for message in messages]
        for fields in [*groups, *(values or {}).values()]:
            for path, value in fields.leaves():
                never = self.guards(path)
                if never is None or not never.secret or not isinstance(value, str):
                    continue
                if len(value) >= _LEAST_SECRET:
                    found.add(value)
        return frozenset(found)

    def clean(self, fields: Group, secrets: frozenset[str]) -> Cleaned:
        """Clean the outgoing fields (first look)."""
        removed: list[str] = []
        findings: list[Finding] = []

        def leaf(path: str, value: Any) -> Any:
            if not isinstance(value, str) or not (secrets or any(map(str.isdigit, value))):
                return value
            plain = _INDEX.sub("", path)
            known = _spelled(secrets).search(value)
            shaped = [] if self._in(plain, self.exempt) else list(_numbers(value))
            if not known and not shaped:
                return value
            if self._in(plain, self.redact):
                removed.append(path)
                return self.redacted(value, secrets)
            what = "a guarded national value" if known else "a number of the form of an IDNr"
            findings.append(
                Finding(
                    "BORDER-GUARD",
                    Severity.FATAL,
                    path,
                    f"{what} would leave towards the EU; the message is not written",
                    chapter="NOOTS 8.2",
                )
            )
            return value

        cleaned = _walk(fields, "", leaf)
        return Cleaned(cleaned, tuple(removed), tuple(findings))

    @staticmethod
    def redacted(text: str, secrets: frozenset[str]) -> str:
        """Take secrets, and numbers of the form of an IDNr, out of a text for people."""
        text = _spelled(secrets).sub(_REMOVED, text)
        for match in reversed(list(_numbers(text))):
            text = text[: match.start()] + _REMOVED + text[match.end() :]
        return text

    def inspect(self, octets: bytes, fields: Group, secrets: frozenset[str]) -> None:
        """Look at the outgoing octets (second look). Raises ``BorderViolation``."""
        text = octets.decode("utf-8", "replace")
        if "&" in text:
            text = unescape(text)
        if _spelled(secrets).search(text):
            raise BorderViolation("a guarded national value stands in the outgoing octets")
        allowed = {
            match.group()
            for path, value in fields.leaves()
            if isinstance(value, str) and self._in(_INDEX.sub("", path), self.exempt)
            for match in _numbers(value)
        }
        for match in _numbers(text):
            if match.group() not in allowed:
                raise BorderViolation(
                    "a number of the form of an IDNr stands in the outgoing octets",
                    line=text.count("\n", 0, match.start()) + 1,
                )

    def inspect_document(
        self, name: str, media_type: str, content: bytes, secrets: frozenset[str]
    ) -> tuple[Finding, ...]:
        """Look into an evidence document: a known secret is fatal, a number of the form is told.

        Sealed octets cannot be cleaned; the register has to deliver a border-safe document.
        """
        readable = media_type in ("application/xml", "application/json", "image/svg+xml")
        if any(secret.encode() in content for secret in secrets) or (
            readable and _spelled(secrets).search(content.decode("utf-8", "replace"))
        ):
            what, severity = "holds a guarded national value", Severity.FATAL
        elif readable and any(True for _ in _numbers(content.decode("utf-8", "replace"))):
            what, severity = "holds a number of the form of an IDNr", Severity.WARNING
        else:
            return ()
        return (
            Finding("BORDER-DOCUMENT", severity, name, f"the document {what}", chapter="NOOTS 8.2"),
        )

    @staticmethod
    def _in(plain: str, names: tuple[str, ...]) -> bool:
        return any(_ends(plain, name) for name in names)


def _ends(path: str, name: str) -> bool:
    return path == name or path.endswith(f"/{name}") or f"/{name}/" in f"/{path}"


def _walk(value: Any, path: str, leaf: Any) -> Any:
    if isinstance(value, Group):
        return Group(
            (name, _walk(inner, f"{path}/{name}" if path else name, leaf))
            for name, inner in value.items()
        )
    if isinstance(value, tuple):
        return tuple(_walk(item, f"{path}[{n}]", leaf) for n, item in enumerate(value, 1))
    return leaf(path, value)


def load_guard(path: Path) -> Guard:
    """Load ``guard.toml``. Raises ``MappingFault``."""
    try:
        data: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))["guard"]
        return Guard(
            never=tuple(Never(**entry) for entry in data["never"]),
            redact=tuple(data.get("redact", ())),
            exempt=tuple(data.get("exempt", ())),
        )
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise MappingFault(f"the guard's list cannot be used: {error}", where=str(path)) from error
