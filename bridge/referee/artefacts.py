"""A publisher's artefacts as they ship them, and which rule file is meant for which messages.

A rule file is matched by what it says, not by its name or folder: its rule ids belong to series
that our rows know (``R-EDM-REQ-C`` is the series of ``R-EDM-REQ-C040``), and each series to kinds
of message of some versions. Which of the versions is meant, the folder of the file tells: the
literals by which documents declare a version, or the namespaces of their roots, stand in the rules.

Compiled forms (``.xsl``, ``.xslt``) are not run: the ``.sch`` beside them is the source.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bridge.errors import UnreadableDocument
from bridge.names import split_clark
from bridge.referee.assertion import Assertion
from bridge.referee.expand import NAMESPACE, fault
from bridge.referee.schematron import DEFAULT_PHASE, compiled
from bridge.rules.table import RuleTable
from bridge.standards.binding import Binding

SUFFIXES: Final = (".sch", ".xsd", ".xml", ".gc", ".xsl", ".xslt", ".txt", ".csv", ".json")
"""What is read of a folder or archive: rules, schemas, and what they may refer to."""

_RULES: Final = ".sch"
_COMPILED: Final = (".xsl", ".xslt")
_NUMBER: Final = re.compile(r"\d+[a-z]?$")
_SCHEMA: Final = re.compile(rb"<(?:[\w.-]+:)?schema[\s>]")


@dataclass(frozen=True)
class Artefacts:
    """Files by their path below the artefacts' folder, ``/`` between names.

    ``base`` is the URI of that folder on disk, ending in ``/``, where rules may load code lists
    with ``document()``; empty where there is none.
    """

    files: Mapping[str, bytes]
    base: str = ""

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """Paths of the schemata; parts of a schema that others include are none."""
        return tuple(
            path
            for path, octets in sorted(self.files.items())
            if path.lower().endswith(_RULES) and _is_schema(octets)
        )

    @cached_property
    def set_aside(self) -> tuple[str, ...]:
        """Compiled forms, which are not run."""
        return tuple(p for p in sorted(self.files) if p.lower().endswith(_COMPILED))


@dataclass(frozen=True, slots=True)
class Scope:
    """What we know of one kind of message: its rows' series, its version, how it is declared."""

    standard: str
    kind: str
    series: frozenset[str]
    declared: str
    namespace: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A Schematron file with its assertions, and the kinds of message that it is meant for.

    ``kinds`` are pairs of version and kind; empty where no rule id of the file is known here.
    ``fault`` says why a file cannot be worked with.
    """

    path: str
    assertions: tuple[Assertion, ...] = ()
    kinds: frozenset[tuple[str, str]] = frozenset()
    fault: UnreadableDocument | None = None

    @property
    def ids(self) -> frozenset[str]:
        """The rule ids of the file."""
        return frozenset(each.id for each in self.assertions if each.id)


def series(rule_id: str) -> str:
    """Give the series of a rule id: what stands before its number."""
    return _NUMBER.sub("", rule_id)


def scopes(binding: Binding, table: RuleTable) -> tuple[Scope, ...]:
    """Give what is known of the kinds of message of a version."""
    found = []
    for kind, shape in binding.messages.items():
        ids = [rule.id for rule in table.rules if rule.applies_to(kind)]
        ids += [row.id for row in table.open if row.message in ("", kind)]
        found.append(
            Scope(
                standard=binding.standard,
                kind=kind,
                series=frozenset(series(each) for each in ids),
                declared=binding.declares[1] if binding.declares else "",
                namespace=split_clark(shape.root)[0],
            )
        )
    return tuple(found)


def rule_files(
    artefacts: Artefacts, known: Iterable[Scope], phase: str = DEFAULT_PHASE
) -> tuple[RuleFile, ...]:
    """Give every Schematron file with the kinds of message it is meant for. Never raises."""
    known = tuple(known)
    found: list[RuleFile] = []
    for path in artefacts.rules:
        try:
            assertions = compiled(
                artefacts.files[path],
                file=path,
                files=artefacts.files.__getitem__,
                base=artefacts.base,
                phase=phase,
            ).assertions
        except UnreadableDocument as error:
            where = fault(error.what, file=error.where or path)
            where.line = error.line
            found.append(RuleFile(path, fault=where))
            continue
        found.append(RuleFile(path, assertions))
    by_folder: dict[str, bytes] = {}
    for path in artefacts.rules:
        folder = posixpath.dirname(path)
        by_folder[folder] = by_folder.get(folder, b"") + artefacts.files[path]
    return tuple(
        RuleFile(
            each.path,
            each.assertions,
            _meant(each, known, by_folder[posixpath.dirname(each.path)]),
            each.fault,
        )
        for each in found
    )


def _meant(file: RuleFile, known: tuple[Scope, ...], text: bytes) -> frozenset[tuple[str, str]]:
    own = {series(rule_id) for rule_id in file.ids}
    sharing = [scope for scope in known if own & scope.series]
    declared = [s for s in sharing if s.declared and _quoted(s.declared, text)]
    if not declared:
        # Nothing declares a version: the namespaces of the roots do, or all are meant.
        declared = [s for s in sharing if s.namespace and s.namespace.encode() in text] or sharing
    return frozenset((scope.standard, scope.kind) for scope in declared)


def _quoted(literal: str, text: bytes) -> bool:
    return re.search(rb"[\"'](?:&apos;|&quot;)?" + re.escape(literal.encode()), text) is not None


def _is_schema(octets: bytes) -> bool:
    # Broken files count as schemata, so that they are told.
    return NAMESPACE.encode() not in octets or _SCHEMA.search(octets) is not None
