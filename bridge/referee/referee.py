"""The referee: a publisher's artefacts and our own rules and schemas over one message at a time.

Of a SOAP envelope, or of a submission to Domibus, the header is judged and the message in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from lxml import etree

from bridge.errors import DataFileFault, RemoteFault, UnreadableDocument
from bridge.referee.artefacts import Artefacts, RuleFile, Scope, rule_files, scopes, series
from bridge.referee.compare import Judged, compare, compare_schema
from bridge.referee.published_rules import PublishedRules
from bridge.referee.published_schema import PublishedSchemas
from bridge.referee.schematron import DEFAULT_PHASE
from bridge.rules.check import Checker
from bridge.rules.engine import RuleEngine
from bridge.rules.envelope import EBMS, headers, unpack
from bridge.rules.header import load_header_rules, specification_id
from bridge.rules.schema import SchemaCheck
from bridge.rules.table import RuleTable
from bridge.standards.binding import Binding
from bridge.xml.parse import DEFAULT_LIMITS, Document, parse

RULES: Final = "rules"
SCHEMA: Final = "schema"
PARTS: Final = frozenset({RULES, SCHEMA})
HEADER: Final = "header"
"""The kind of an ebMS header, beside the kinds of message."""

_W3C: Final = b'targetNamespace="http://www.w3.org/'


class Referee:
    """Holds a publisher's artefacts against our rules and schemas."""

    def __init__(
        self,
        checker: Checker,
        artefacts: Artefacts,
        *,
        parts: frozenset[str] = PARTS,
        phase: str = DEFAULT_PHASE,
    ) -> None:
        self._checker = checker
        self._parts = parts
        self.set_aside = artefacts.set_aside if RULES in parts else ()
        self._schema = SchemaCheck()
        self._bindings = tuple(checker.catalogue.bindings())
        self._headers = dict(_header_tables(checker, self._bindings))
        self._header_engines: dict[str, RuleEngine] = {}
        tables = [(b, t) for b in self._bindings if (t := checker.table(b.standard)) is not None]
        known = [scope for binding, table in tables for scope in scopes(binding, table)]
        known += [_header_scope(b, self._headers[b.standard]) for b in self._bindings if b.declares]
        self.files = rule_files(artefacts, known, phase) if RULES in parts else ()
        spoken = [*self._headers.values(), *(table for _, table in tables)]
        prefixes = {p: uri for table in spoken for p, uri in table.namespaces.items()}
        self._rules = PublishedRules(artefacts, prefixes, phase)
        self._schemas = PublishedSchemas(artefacts, _spare(self._bindings))

    @property
    def faults(self) -> tuple[UnreadableDocument, ...]:
        """Files of the publisher that could not be worked with."""
        rules = [file.fault for file in self.files if file.fault is not None]
        return (*rules, *(self._schemas.faults if SCHEMA in self._parts else ()))

    @property
    def not_asked(self) -> tuple[str, ...]:
        """Rule files that no kind of message is known for."""
        return tuple(file.path for file in self.files if not file.kinds and file.fault is None)

    def broken(self) -> tuple[tuple[str, int, str], ...]:
        """Give file, line and id of the publisher's rules that do not compile; compiles all."""
        return tuple(
            (each.file, each.line, each.id)
            for file in self.files
            if file.kinds and file.fault is None
            for each in self._rules.broken(file)
        )

    def __call__(self, name: str, octets: bytes) -> Judged:
        """Judge one message. What stands in it never raises."""
        try:
            document = parse(octets)
            found = headers(document.root)
            if found:
                return self._envelope(name, document, found[0])
            return self._message(name, document, octets)
        except RemoteFault as error:
            return Judged(name, fault=error)

    def _message(self, name: str, document: Document, octets: bytes) -> Judged:
        binding, shape = self._checker.catalogue.identify(document)
        judged = Judged(name, binding.standard, shape.kind)
        if RULES in self._parts:
            table = self._checker.table(binding.standard)
            engine = self._checker.engine(binding.standard, shape.kind)
            judged = self._by_rules(judged, document.root, octets, engine, table)
        return self._by_schema(judged, document, binding) if SCHEMA in self._parts else judged

    def _envelope(self, name: str, document: Document, header: etree._Element) -> Judged:
        roots = frozenset(m.root for each in self._bindings for m in each.messages.values())
        inner = unpack(document, roots, DEFAULT_LIMITS).message
        judged = Judged(name)
        if inner is not None:
            judged = self._message(name, inner, etree.tostring(inner.root))
        standard = self._header_standard(specification_id(header), judged.standard)
        if RULES not in self._parts or standard not in self._headers:
            return judged
        table = self._headers[standard]
        if standard not in self._header_engines:
            self._header_engines[standard] = RuleEngine(table)
        more = self._by_rules(
            Judged(name, standard, HEADER),
            document.root,
            etree.tostring(document.root),
            self._header_engines[standard],
            table,
        )
        return replace(
            more,
            kind=judged.kind or HEADER,
            files=(*more.files, *judged.files),
            disagreements=(*more.disagreements, *judged.disagreements),
            schema_fault=judged.schema_fault,
        )

    def _header_standard(self, declared: str, of_message: str) -> str:
        """The version that a header names, else that of its message.

        A header alone that names none is of a line without that property: the oldest one that the
        publisher has rules for.
        """
        spoken = (b.standard for b in self._bindings if b.declares and b.declares[1] == declared)
        asked = {s for file in self.files for s, kind in file.kinds if kind == HEADER}
        return next(spoken, "") or of_message or min(asked, default="")

    def _by_rules(
        self,
        judged: Judged,
        root: etree._Element,
        octets: bytes,
        engine: RuleEngine | None,
        table: RuleTable | None,
    ) -> Judged:
        files = tuple(f for f in self.files if (judged.standard, judged.kind) in f.kinds)
        if table is None or engine is None or not files:
            return judged
        found = compare(
            judged.message,
            theirs=self._rules(octets, files),
            ours=engine(root),
            files=files,
            table=table,
        )
        return replace(judged, files=_paths(files), disagreements=found)

    def _by_schema(self, judged: Judged, document: Document, binding: Binding) -> Judged:
        theirs = self._schemas(document.root, binding.version)
        if theirs is None:
            return judged
        found = compare_schema(judged.message, theirs, self._schema(document, binding))
        return replace(
            judged,
            files=(*judged.files, theirs.file),
            disagreements=(*judged.disagreements, *found),
            schema_fault=theirs.fault,
        )


def _paths(files: Iterable[RuleFile]) -> tuple[str, ...]:
    return tuple(file.path for file in files)


def _header_tables(
    checker: Checker, bindings: Iterable[Binding]
) -> Iterator[tuple[str, RuleTable]]:
    """The header rules for each version that documents declare; none where there are no rules."""
    try:
        table = load_header_rules(checker.catalogue.root)
    except DataFileFault:
        table = RuleTable("", "", ())
    for binding in bindings:
        if binding.declares:
            yield binding.standard, table.of_version(binding.version)


def _header_scope(binding: Binding, table: RuleTable) -> Scope:
    return Scope(
        standard=binding.standard,
        kind=HEADER,
        series=frozenset(series(rule.id) for rule in table.rules),
        declared=binding.declares[1] if binding.declares else "",
        namespace=EBMS,
    )


def _spare(bindings: Iterable[Binding]) -> dict[str, bytes]:
    """Our own copies of what the W3C publishes, for publishers who refer to it only."""
    found: dict[str, bytes] = {}
    for binding in bindings:
        for path in sorted(binding.schema.parent.glob("*.xsd")):
            octets = path.read_bytes()
            if _W3C in octets:
                found.setdefault(path.name, octets)
    return found
