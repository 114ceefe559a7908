"""The whole check of one message: well-formed, limits, schema, structure, content, beside, odd.

A check opens no file of its own and asks no clock: rules are loaded with the ``Checker``, time and
environment are given. Its result is a ``Report``; no message makes it raise.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Final

from lxml import etree

from bridge import resources
from bridge.errors import RemoteFault, SettingsFault
from bridge.finding import Finding, Severity, fatal, in_order
from bridge.message import Head
from bridge.rules.engine import Broken, RuleEngine, findings
from bridge.rules.envelope import headers, unpack
from bridge.rules.explain import Explainer
from bridge.rules.header import HeaderRules, load_header_rules, specification_id
from bridge.rules.pair import PairRules
from bridge.rules.plausibility import Plausibility
from bridge.rules.schema import SchemaCheck
from bridge.rules.table import Rule, RuleTable, has_rules, load_rules
from bridge.standards.binding import Binding, MessageShape
from bridge.standards.catalogue import Catalogue, Reading
from bridge.xml.parse import DEFAULT_LIMITS, Document, Limits, parse

_OF_ROWS: Final = frozenset({"structure", "content", "pair", "plausibility"})
ALL_STAGES: Final = _OF_ROWS | {"schema", "header"}
LANGUAGES: Final = ("en", "de")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands beside a message when it is judged; what is missing is not asked.

    ``request`` are the octets of the request that an answer belongs to, ``header`` those of its
    ebMS header or envelope, ``environment`` a name such as ``production``. ``standard`` (family
    and version) judges by that version whatever the message declares. ``sending`` judges what is
    ours: inferred rules bind us. ``stages`` limits the check. ``explain`` lists all that the
    schema would have taken, not the first dozen.
    """

    request: bytes | None = None
    header: bytes | None = None
    now: datetime | None = None
    environment: str = ""
    standard: str = ""
    sending: bool = False
    stages: frozenset[str] = ALL_STAGES
    language: str = "en"
    limits: Limits = DEFAULT_LIMITS
    explain: bool = False

    def __post_init__(self) -> None:
        """Raise ``SettingsFault`` for what would judge less than its caller believes."""
        if unknown := self.stages - ALL_STAGES:
            words = ", ".join(sorted(unknown))
            known = f"Known are {', '.join(sorted(ALL_STAGES))}."
            raise SettingsFault(f"there is no stage {words} of a check", remedy=known)
        if self.language not in LANGUAGES:
            known = f"Known are {', '.join(LANGUAGES)}."
            raise SettingsFault(f"there are no texts in '{self.language}'", remedy=known)
        if self.now is not None and self.now.tzinfo is None:
            raise SettingsFault("the time to judge by needs a zone")


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one message. ``schema_valid`` is ``None`` where no schema was asked."""

    findings: tuple[Finding, ...]
    head: Head | None = None
    schema_valid: bool | None = None
    readable: bool = True

    @property
    def verdict(self) -> str:
        """``valid``, ``invalid`` (a fatal finding) or ``unreadable``."""
        if not self.readable:
            return "unreadable"
        return "invalid" if fatal(self.findings) else "valid"

    @property
    def standard(self) -> str:
        """The version of the message (``edm-…``); empty where it is not known."""
        return self.head.standard if self.head else ""

    def as_json(self) -> dict[str, object]:
        """The shape that ``--json`` prints."""
        head = self.head
        return {
            "family": head.family if head else None,
            "version": head.version if head else None,
            "kind": head.kind if head else None,
            "schema_valid": self.schema_valid,
            "verdict": self.verdict,
            "findings": [finding.as_json() for finding in self.findings],
        }


_PLAIN: Final = Circumstances()


class Checker:
    """Checks messages of every version below ``xsd/``; schemas and rules are loaded once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._schemas = SchemaCheck()
        self._explainer = Explainer(self._schemas)
        self._tables: dict[str, RuleTable | None] = {}
        self._engines: dict[tuple[str, str], RuleEngine] = {}
        self._pairs: dict[tuple[str, str], PairRules] = {}
        self._plausible: dict[tuple[str, str], Plausibility] = {}
        self._headers: dict[str, HeaderRules] = {}
        self._header_table: RuleTable | None = None

    def __call__(self, data: bytes, beside: Circumstances = _PLAIN) -> Report:
        """Check the octets of a message, a SOAP envelope or a submission to Domibus."""
        try:
            document = parse(data, beside.limits)
            if headers(document.root):
                return self._envelope(document, beside)
            return self.judge(document, beside)
        except RemoteFault as fault:
            return unreadable(fault)

    def within(self, document: Document, limits: Limits = DEFAULT_LIMITS) -> Document:
        """Give the message that travels in an envelope; any other document as it is."""
        if not headers(document.root):
            return document
        return unpack(document, self._roots, limits).message or document

    def rule(self, rule_id: str, head: Head | None) -> Rule | None:
        """Give the row behind a finding of a message; ``None`` for what is no row."""
        tables = [self._headers_of_all()]
        if head is not None and (table := self.table(head.standard)) is not None:
            tables.insert(0, table)
        return next((rule for table in tables if (rule := table.rule(rule_id))), None)

    def table(self, standard: str) -> RuleTable | None:
        """Give the rules of a version; ``None`` where it has none."""
        if standard not in self._tables:
            folder = self.catalogue.binding(standard).folder
            self._tables[standard] = load_rules(folder) if has_rules(folder) else None
        return self._tables[standard]

    def engine(self, standard: str, kind: str) -> RuleEngine | None:
        """Give the compiled rules of a kind of message; ``None`` where its version has none."""
        table = self.table(standard)
        if table is None:
            return None
        key = (standard, kind)
        if key not in self._engines:
            self._engines[key] = RuleEngine(table, kind)
        return self._engines[key]

    def judge(
        self, document: Document, beside: Circumstances = _PLAIN, reading: Reading | None = None
    ) -> Report:
        """Check a document that is parsed, and perhaps read, already.

        Raises ``UnknownDocument`` for one that is no message known here.
        """
        binding, shape = self.catalogue.identify(document, beside.standard)
        found: list[Finding] = []
        valid: bool | None = None
        if "schema" in beside.stages:
            complaints = self._schemas(document, binding)
            valid = not complaints
            if complaints:
                language, deep = beside.language, beside.explain
                found += self._explainer(document, binding, language=language, deep=deep)
        found += self._rules(document, binding, shape, beside)
        # Read last: the many objects that the reader makes push the tree out of the cache.
        reading = reading or self.catalogue.read_as(document, binding, shape)
        found += (*document.findings, *reading.findings)
        if beside.header is not None and "header" in beside.stages:
            header = _beside(beside.header, beside, found, "HEADER")
            if header is not None:
                found += self._header(header, document, binding.version, beside)
        return Report(in_order(found), reading.message.head, valid)

    def _rules(
        self, document: Document, binding: Binding, shape: MessageShape, beside: Circumstances
    ) -> list[Finding]:
        if beside.stages.isdisjoint(_OF_ROWS):
            return []
        engine = self.engine(binding.standard, shape.kind)
        table = self.table(binding.standard)
        if engine is None or table is None:
            return []
        found = _findings(engine(document.root), beside)
        if beside.request is not None and "pair" in beside.stages:
            request = _beside(beside.request, beside, found, "PAIR")
            if request is not None:
                rules = self._pair(table, binding, shape)
                asked = self.within(request, beside.limits)
                found += _findings(rules(document.root, asked.root), beside)
        if "plausibility" in beside.stages:
            found += self._plausibility(table, binding, shape)(
                document.root,
                now=beside.now,
                environment=beside.environment,
                language=beside.language,
            )
        return found

    def _pair(self, table: RuleTable, binding: Binding, shape: MessageShape) -> PairRules:
        key = (binding.standard, shape.kind)
        if key not in self._pairs:
            self._pairs[key] = PairRules(table, shape.kind, "request")
        return self._pairs[key]

    def _plausibility(
        self, table: RuleTable, binding: Binding, shape: MessageShape
    ) -> Plausibility:
        key = (binding.standard, shape.kind)
        if key not in self._plausible:
            self._plausible[key] = Plausibility(table, shape.kind)
        return self._plausible[key]

    def _envelope(self, document: Document, beside: Circumstances) -> Report:
        """Check a header and, where it travels with its document, both and their fit."""
        unpacked = unpack(document, self._roots, beside.limits)
        inner, report = unpacked.message, Report(())
        if inner is not None:
            try:
                report = self.judge(inner, replace(beside, header=None))
            except RemoteFault as fault:
                report = unreadable(fault)
        version = report.head.version if report.head else ""
        found: list[Finding] = [*report.findings, *unpacked.findings]
        if "header" in beside.stages:
            found += self._header(document, inner, version, beside)
        return replace(report, findings=in_order(found))

    @cached_property
    def _roots(self) -> frozenset[str]:
        bindings = self.catalogue.bindings()
        return frozenset(m.root for binding in bindings for m in binding.messages.values())

    def _header(
        self, document: Document, payload: Document | None, version: str, beside: Circumstances
    ) -> list[Finding]:
        found = headers(document.root)
        if len(found) != 1:
            text = "exactly one eb:Messaging element is expected"
            return [Finding("BRIDGE-ENVELOPE-HEADERS", Severity.FATAL, "/", text)]
        rules = self._header_rules(self._version_of(found[0], version, beside))
        broken = rules(document.root, None if payload is None else payload.root)
        return _findings(broken, beside, all_stages=True)

    def _version_of(self, header: etree._Element, version: str, beside: Circumstances) -> str:
        """The version to judge a header by: the one asked for, else its own, else its document's.

        A header that names a version nobody knows is of a line that names one: the newest.
        """
        spoken = [b for b in self.catalogue.bindings() if b.declares]
        if asked := next((b.version for b in spoken if b.standard == beside.standard), ""):
            return asked
        declared = specification_id(header)
        own = next((b.version for b in spoken if b.declares and b.declares[1] == declared), "")
        if own or version:
            return own or version
        of_all = (b.version for b in spoken)
        return max(of_all) if declared else min(of_all)

    def _headers_of_all(self) -> RuleTable:
        if self._header_table is None:
            self._header_table = load_header_rules(self.catalogue.root)
        return self._header_table

    def _header_rules(self, version: str) -> HeaderRules:
        if version not in self._headers:
            self._headers[version] = HeaderRules(self._headers_of_all(), version)
        return self._headers[version]


def _findings(
    broken: Collection[Broken], beside: Circumstances, *, all_stages: bool = False
) -> list[Finding]:
    asked = [each for each in broken if all_stages or each.rule.stage in beside.stages]
    return list(findings(asked, language=beside.language, sending=beside.sending))


def _beside(
    octets: bytes, beside: Circumstances, found: list[Finding], name: str
) -> Document | None:
    """Parse what stands beside the message; that it cannot be read is a finding, not a fault."""
    try:
        return parse(octets, beside.limits)
    except RemoteFault as fault:
        text = f"what stands beside the message cannot be read: {fault.what}"
        found.append(Finding(f"BRIDGE-{name}-UNREADABLE", Severity.FATAL, "/", text))
        return None


def unreadable(fault: RemoteFault) -> Report:
    """Give the report on what cannot be read."""
    text = f"{fault.what}. {fault.remedy}" if fault.remedy else fault.what
    finding = Finding(fault.code, Severity.FATAL, fault.where or "/", text, fault.line)
    return Report((finding,), readable=False)


@cache
def shipped() -> Checker:
    """Give the checker of the versions that come with bridge; loaded once in a process."""
    return Checker(Catalogue(resources.standards()))


def check(
    message: bytes,
    *,
    request: bytes | None = None,
    header: bytes | None = None,
    now: datetime | None = None,
    environment: str = "",
    standard: str = "",
    sending: bool = False,
    stages: Collection[str] = ALL_STAGES,
    language: str = "en",
    explain: bool = False,
) -> Report:
    """Check the octets of one message, SOAP envelope or Domibus submission; see ``Circumstances``.

    Never raises for what stands in the message: that is a finding of the report. Raises
    ``SettingsFault`` for a ``standard``, ``environment``, stage or language that nobody knows and
    for a ``now`` without a zone. Opens no file but, at the first call, the schemas and rules that
    come with bridge; asks no clock and no network.

    >>> from bridge import check
    >>> report = check(b"<nothing/>")
    >>> report.verdict, [finding.id for finding in report.findings]
    ('unreadable', ['XML-UNKNOWN'])
    """
    circumstances = Circumstances(
        request=request,
        header=header,
        now=now,
        environment=environment,
        standard=standard,
        sending=sending,
        stages=frozenset(stages),
        language=language,
        explain=explain,
    )
    return shipped()(message, circumstances)
