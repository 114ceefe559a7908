"""The border guard: national identifiers never leave towards the EU (NOOTS 8.2, 8.4).

It stands at one place, twice: on the outgoing fields, where free text is cleaned, and on the
outgoing octets, where anything that is still there stops the message. What it guards is data,
``mappings/guard.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final

from bridge.errors import BorderViolation, MappingFault
from bridge.finding import Finding, Severity
from bridge.mapping.spelling import numbers, secrets_in
from bridge.mapping.toml_file import read_toml
from bridge.message import Group, Message

_REMOVED: Final = "[…]"
_INDEX: Final = re.compile(r"\[\d+\]")
_LEAST_SECRET: Final = 6
_TEXTUAL: Final = ("/xml", "+xml", "/json", "+json")
_JSON_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_COMMENT: Final = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")
_ATTRIBUTES: Final = re.compile(r"=\s*(\"[^\"]*\"|'[^']*')")


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
            if not isinstance(value, str):
                return value
            plain = _INDEX.sub("", path)
            known = any(True for _ in secrets_in(value, secrets))
            exempt = self._in(plain, self.exempt)
            shaped = not exempt and any(True for _ in numbers(value))
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
        for find in (lambda t: secrets_in(t, secrets), numbers):
            for place in reversed(list(find(text))):
                text = text[: place.start] + _REMOVED + text[place.end :]
        return text

    def inspect(self, octets: bytes, fields: Group, secrets: frozenset[str]) -> None:
        """Look at the outgoing octets (second look). Raises ``BorderViolation``."""
        text = octets.decode("utf-8", "replace")
        if "&" in text:
            text = unescape(text)
        if any(True for _ in secrets_in(text, secrets)):
            raise BorderViolation("a guarded national value stands in the outgoing octets")
        allowed = {
            value[place.start : place.end]
            for path, value in fields.leaves()
            if isinstance(value, str) and self._in(_INDEX.sub("", path), self.exempt)
            for place in numbers(value)
        }
        for place in numbers(text):
            if text[place.start : place.end] not in allowed:
                raise BorderViolation(
                    "a number of the form of an IDNr stands in the outgoing octets",
                    line=text.count("\n", 0, place.start) + 1,
                )

    def inspect_document(
        self, name: str, media_type: str, content: bytes, secrets: frozenset[str], *, ours: bool
    ) -> tuple[Finding, ...]:
        """Look into an evidence document: a known secret is fatal, a number of the form is told.

        Octets of others cannot be cleaned; the register has to deliver a border-safe document. In
        a document that we wrote ourselves (``ours``) such a number is fatal too.
        """
        text = _readable(media_type, content)
        if any(secret.encode() in content for secret in secrets) or (
            text is not None and any(True for _ in secrets_in(text, secrets))
        ):
            what, severity = "holds a guarded national value", Severity.FATAL
        elif text is not None and any(True for _ in numbers(text)):
            what = "holds a number of the form of an IDNr"
            severity = Severity.FATAL if ours else Severity.WARNING
        else:
            return ()
        return (
            Finding("BORDER-DOCUMENT", severity, name, f"the document {what}", chapter="NOOTS 8.2"),
        )

    @staticmethod
    def _in(plain: str, names: tuple[str, ...]) -> bool:
        return any(_ends(plain, name) for name in names)


def _readable(media_type: str, content: bytes) -> str | None:
    """The text that a document shows: of XML without markup, of JSON without escapes.

    ``None`` for formats that no text can be read from here (PDF, pictures).
    """
    kind = media_type.partition(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind.endswith(_TEXTUAL)):
        return None
    text = content.decode("utf-8", "replace")
    if kind.endswith("json"):
        return _JSON_ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    if kind.endswith("xml") or kind == "text/html":
        # A comment may stand inside a number; attributes are looked at beside the text.
        text = _COMMENT.sub("", text.replace("<![CDATA[", "").replace("]]>", ""))
        values = _TAG.sub(":", text), *_ATTRIBUTES.findall(text)
        return unescape(":".join(values))  # a colon never stands inside a number
    return text


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
    read, _text = read_toml(path)
    if not isinstance(read.get("guard"), Mapping) or "never" not in read["guard"]:
        raise MappingFault("the section [guard] with its list 'never' is missing", where=str(path))
    data: Mapping[str, Any] = read["guard"]
    try:
        return Guard(
            never=tuple(Never(**entry) for entry in data["never"]),
            redact=tuple(data.get("redact", ())),
            exempt=tuple(data.get("exempt", ())),
        )
    except TypeError as error:
        raise MappingFault(f"the guard's list cannot be used: {error}", where=str(path)) from error
