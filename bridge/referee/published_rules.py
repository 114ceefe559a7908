"""A publisher's rule files, compiled for SaxonC when first asked, and what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from bridge.referee.artefacts import Artefacts, RuleFile
from bridge.referee.assertion import Assertion
from bridge.referee.expand import OWN
from bridge.referee.saxon import (
    RunFault,
    StylesheetFault,
    Transform,
    compile_stylesheet,
    parsed,
)
from bridge.referee.schematron import DEFAULT_PHASE, compiled

_ERROR: Final = f"{{{OWN}}}error"
_NUMBER: Final = f"{{{OWN}}}number"
_URI: Final = re.compile(r"Q\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Fired:
    """An assertion of a publisher that a message breaks, or that raises an error on it.

    ``error`` is the code of XPath (``XPTY0004``), empty where the rule simply fired.
    """

    assertion: Assertion
    place: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A compiled file: its transform, and the assertions that do not compile at all."""

    transform: Transform | None
    broken: tuple[Assertion, ...] = ()


class PublishedRules:
    """Runs rule files over messages; each file is compiled once."""

    def __init__(
        self, artefacts: Artefacts, prefixes: Mapping[str, str], phase: str = DEFAULT_PHASE
    ) -> None:
        self._artefacts = artefacts
        self._prefixes = {uri: prefix for prefix, uri in prefixes.items()}
        self._phase = phase
        self._ready: dict[str, _Ready] = {}

    def __call__(self, octets: bytes, files: tuple[RuleFile, ...]) -> tuple[Fired, ...]:
        """Give all that fires. Raises ``RunFault`` only where SaxonC cannot read the message."""
        document = parsed(octets)
        return tuple(fired for file in files for fired in self._judged(document, file))

    def broken(self, file: RuleFile) -> tuple[Assertion, ...]:
        """Give the assertions of a file that SaxonC does not compile; they are never asked."""
        return self._compiled(file).broken

    def _judged(self, document: Any, file: RuleFile) -> list[Fired]:
        transform = self._compiled(file).transform
        if transform is None:
            return []
        try:
            told = transform.run(document)
        except RunFault:
            # Outside of every rule: a variable of the schema. No assertion of the file was asked.
            return [Fired(each, "/", "VARIABLE") for each in file.assertions]
        root = etree.fromstring(told.encode())
        return [self._fired(each, file) for each in root.iterchildren("*")]

    def _fired(self, told: etree._Element, file: RuleFile) -> Fired:
        number = told.get("number") if told.tag == _ERROR else told.get(_NUMBER)
        error = told.get("code", "ERROR") if told.tag == _ERROR else ""
        place = _URI.sub(self._prefix, told.get("location", "/"))
        return Fired(file.assertions[int(number or 0)], place, error)

    def _prefix(self, match: re.Match[str]) -> str:
        prefix = self._prefixes.get(match.group(1), "")
        return f"{prefix}:" if prefix else ""

    def _compiled(self, file: RuleFile) -> _Ready:
        if file.path not in self._ready:
            self._ready[file.path] = self._compile(file)
        return self._ready[file.path]

    def _compile(self, file: RuleFile) -> _Ready:
        everything = frozenset(each.number for each in file.assertions)
        try:
            return _Ready(self._stylesheet(file, frozenset()))
        except StylesheetFault:
            pass
        # One wrong test would take the whole file with it: find the wrong ones, ask the rest.
        broken = []
        for each in file.assertions:
            try:
                self._stylesheet(file, everything - {each.number}, drop_empty=True)
            except StylesheetFault:
                broken.append(each)
        wrong = frozenset(each.number for each in broken)
        for drop_empty in (False, True):
            try:
                made = self._stylesheet(file, wrong, drop_empty=drop_empty)
            except StylesheetFault:
                continue
            return _Ready(made, tuple(broken))
        return _Ready(None, file.assertions)

    def _stylesheet(
        self, file: RuleFile, leave_out: frozenset[int], *, drop_empty: bool = False
    ) -> Transform:
        made = compiled(
            self._artefacts.files[file.path],
            file=file.path,
            files=self._artefacts.files.__getitem__,
            base=self._artefacts.base,
            phase=self._phase,
            texts=False,
            leave_out=leave_out,
            drop_empty=drop_empty,
        )
        return compile_stylesheet(made.stylesheet)
