"""All mapping tables of one folder: loaded, compiled per direction and versions, checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from bridge.errors import MappingFault
from bridge.mapping.account import Shelf
from bridge.mapping.codes import CodePairs, load_code_pairs
from bridge.mapping.compile import Compiler
from bridge.mapping.evidence import EvidenceType, load_evidence_types
from bridge.mapping.forms import Forms
from bridge.mapping.guard import Guard, load_guard
from bridge.mapping.instances import End, Instances
from bridge.mapping.latin import Latin, load_latin
from bridge.mapping.laws import missing_targets, unnamed_sources
from bridge.mapping.plan import Route
from bridge.mapping.refusals import Refusals, load_refusals
from bridge.mapping.table import Pair, Table, load_table
from bridge.mapping.toml_file import read_toml
from bridge.message import Group, Head, group
from bridge.standards.binding import Binding
from bridge.standards.catalogue import Catalogue
from bridge.standards.codelists import load_codes
from bridge.xml.nodes import Shape

MESSAGE_TABLES = ("common.toml", "errors.toml", "older.toml")


class Tables:
    """The mapping tables below ``root``, against the bindings of a catalogue.

    Files are read when first needed; ``check`` reads and compiles everything.
    """

    def __init__(self, root: Path, catalogue: Catalogue) -> None:
        self.root = root
        self.catalogue = catalogue
        self._routes: dict[tuple[str, str, str, str, str], Route] = {}
        self._payloads: dict[str, Table] = {}
        self._contexts: dict[str, Group] = {}
        self._fingerprints: dict[str, str] = {}
        self._forms: dict[str, Forms] = {}
        self._ends: dict[tuple[str, str, str], End] = {}
        self._codes_known: set[tuple[str, int, str]] = set()
        self._codes_doubted: dict[tuple[str, int, str], str] = {}

    @cached_property
    def messages(self) -> Table:
        """The tables of the messages, read together."""
        return load_table(*(self.root / name for name in MESSAGE_TABLES))

    @cached_property
    def codes(self) -> Mapping[str, CodePairs]:
        """Pairs of code values by id."""
        return load_code_pairs(self.root / "codes")

    @cached_property
    def guard(self) -> Guard:
        """What never leaves towards the EU."""
        return load_guard(self.root / "guard.toml")

    @cached_property
    def refusals(self) -> Refusals:
        """The exceptions that we answer abroad."""
        return load_refusals(self.root / "refusals.toml")

    @cached_property
    def latin(self) -> Latin:
        """The repertoire String.Latin and how texts are brought into it."""
        return load_latin(self.root / "latin.toml")

    def shelf(self, standard: str) -> Shelf:
        """What converters look things up in when they write a version."""
        binding = self.catalogue.binding(standard)
        return Shelf(self.latin, binding.lists, self.codes, binding.repository)

    @cached_property
    def evidence_types(self) -> Mapping[str, EvidenceType]:
        """Evidence types by id."""
        return load_evidence_types(self.root / "evidence")

    @cached_property
    def requirements(self) -> Mapping[str, Mapping[str, str]]:
        """Requirements of the Evidence Broker by address (``requirements.csv``)."""
        return load_codes(self.root / "requirements.csv")

    @cached_property
    def defaults(self) -> Mapping[str, Group]:
        """The context out of the box, by name (``platform.toml``)."""
        return load_context(self.root / "platform.toml")

    def forms(self, standard: str) -> Forms:
        """The forms of single values by a version's schema."""
        if standard not in self._forms:
            self._forms[standard] = Forms(self.catalogue.binding(standard).schema)
        return self._forms[standard]

    def end(self, standard: str, kind: str, side: str) -> End:
        """A data model with documents made up after it."""
        key = (standard, kind, side)
        if key not in self._ends:
            binding = self.catalogue.binding(standard)
            allowed = self.latin.allowed if side == "national" else None
            shape, forms = binding.message(kind), self.forms(standard)
            made = Instances(binding, shape, forms, side != "national", allowed)
            self._ends[key] = End(binding, shape, made)
        return self._ends[key]

    def evidence_context(self, evidence: EvidenceType) -> Group:
        """The group ``evidence`` of the context for a type."""
        found = self._contexts.get(evidence.id)
        if found is None:
            found = self._contexts[evidence.id] = evidence.as_context()
        return found

    def fingerprint(self, evidence: EvidenceType | None) -> str:
        """SHA-256 over all files that have a say in a translation, those of a type included."""
        key = evidence.id if evidence is not None else ""
        if key not in self._fingerprints:
            names = [*MESSAGE_TABLES, "latin.toml", "guard.toml", "platform.toml"]
            names += sorted(f"codes/{path.name}" for path in (self.root / "codes").glob("*.toml"))
            if evidence is not None:
                names += [f"evidence/{evidence.file}", evidence.payload]
            digest = hashlib.sha256()
            for name in filter(None, names):
                digest.update(f"{name}\0".encode() + (self.root / name).read_bytes())
            self._fingerprints[key] = digest.hexdigest()
        return self._fingerprints[key]

    def payload(self, evidence: EvidenceType) -> Table | None:
        """The table of an evidence type's structured content, if it has one."""
        if not evidence.payload:
            return None
        if evidence.payload not in self._payloads:
            self._payloads[evidence.payload] = load_table(self.root / evidence.payload)
        return self._payloads[evidence.payload]

    def evidence_type(self, classification: str) -> EvidenceType | None:
        """The evidence type of a classification address; compared by its UUID and country.

        A version that writes one word for every country is compared by the UUID alone.
        """
        country, number = _country_and_number(classification)
        anonymous = {b.repository.country.lower() for b in self.catalogue.bindings()} - {""}
        for evidence in self.evidence_types.values():
            known = _country_and_number(evidence.classification)
            alike = known[1] == number and country in (known[0], *anonymous)
            if evidence.classification and alike:
                return evidence
        return None

    def pair_for(self, table: Table, head: Head, target: Binding, kind: str = "") -> Pair:
        """Choose the pair for a source message and a target version, of a named kind if given.

        Raises ``MappingFault`` that says what is possible.
        """
        possible: list[str] = []
        for side in table.sides:
            other = table.other(side)
            for pair in table.pairs:
                if pair.kinds.get(side) != head.kind or other not in pair.kinds:
                    continue
                if not self._of_side(pair, other, target, head, side):
                    continue
                if f"to-{other}" not in pair.directions:
                    continue
                possible.append(pair.kinds[other])
                if not kind or pair.kinds[other] == kind:
                    return pair
        hint = f"Possible is {', '.join(possible)}." if possible else ""
        goal = f"{kind} of {target.standard}" if kind else target.standard
        raise MappingFault(
            f"no mapping leads from {head.kind} ({head.standard}) to {goal}",
            where=table.id,
            remedy=hint or "The two sides have no message for each other here.",
        )

    def _of_side(self, pair: Pair, other: str, target: Binding, head: Head, side: str) -> bool:
        families = pair.families or {name: name for name in pair.kinds}
        return families.get(other) == target.family and families.get(side) == head.family

    def route(self, table: Table, pair: Pair, direction: str, source: str, target: str) -> Route:
        """Give a compiled route; ``source`` is empty for a composition. Raises ``MappingFault``."""
        key = (table.id, pair.id, direction, source, target)
        if key not in self._routes:
            route, problems = self.compiled(table, pair, direction, source, target)
            if problems:
                raise MappingFault(
                    f"{table.id}, pair {pair.id} {direction}: {problems[0]}", problems=problems
                )
            self._routes[key] = route
        return self._routes[key]

    def compiled(
        self, table: Table, pair: Pair, direction: str, source: str, target: str
    ) -> tuple[Route, list[str]]:
        """Compile a route; give it with its problems."""
        source_binding = self.catalogue.binding(source) if source else None
        target_binding = self.catalogue.binding(target)
        forms = (self.forms(source), self.forms(target)) if pair.families and source else None
        ends = source_binding, target_binding
        compiler = Compiler(table, pair, direction, *ends, self.codes, forms)
        plan = compiler.compile()
        problems = list(compiler.problems)
        self._codes_known |= compiler.codes_known
        self._codes_doubted |= compiler.codes_doubted
        files = ", ".join(path.name for path in table.files)
        where = f"{files}: pair {pair.id} {direction}"
        target_kind = pair.kinds[compiler.target_side]
        target_shape = target_binding.message(target_kind).shape
        source_kind = ""
        if source_binding is not None:
            source_kind = pair.kinds[compiler.source_side]
            shape = source_binding.message(source_kind).shape
            problems += [
                f"{where} ({source}): no row names the field '{path}'"
                for path in unnamed_sources([plan], shape)
            ]
        problems += [
            f"{where} ({target}): no row fills the mandatory field '{path}'"
            for path in missing_targets(compiler.filled, target_shape)
        ]
        if direction in ("to-edm", "to-eu"):
            problems += self._guarded(table, pair, plan_names(compiler), where)
        route = Route(
            pair=pair.id,
            direction=direction,
            source_kind=source_kind,
            target_kind=target_kind,
            target_standard=target,
            plan=plan,
            collect=pair.collect,
            prepare=pair.prepare,
            at_most_one=pair.at_most_one,
            without={n: why for n, why in pair.without.items() if target_shape.field(n)},
            yields={a: b for a, b in pair.yields.items() if target_shape.find(b)},
            empty_groups=_may_be_empty(target_shape),
        )
        return route, problems

    def _guarded(self, table: Table, pair: Pair, rows: list[Any], where: str) -> list[str]:
        abroad, national = table.sides
        problems = []
        for row in rows:
            never = self.guard.guards(row.path(national) or "")
            if never and row.path(abroad) and row.direction in ("both", f"to-{abroad}"):
                problems.append(
                    f"{row.file}:{row.line}: row {row.id}: '{never.field}' never leaves towards "
                    f"the EU: {never.why}"
                )
        return problems

    def routes(
        self, tables: Iterable[Table] | None = None
    ) -> Iterator[tuple[Table, Pair, str, str, str]]:
        """Every pair of all tables, or of some, in every direction between all versions."""
        for chosen in self.every() if tables is None else tables:
            for pair in chosen.pairs:
                for direction in pair.directions:
                    target_side = direction.removeprefix("to-")
                    source_side = chosen.other(target_side)
                    families = pair.families or {name: name for name in pair.kinds}
                    sources = (
                        self._versions(families[source_side]) if source_side in pair.kinds else [""]
                    )
                    for source in sources:
                        for target in self._versions(families[target_side]):
                            yield chosen, pair, direction, source, target

    def every(self) -> Iterable[Table]:
        """The table of the messages and those of contents, each once."""
        found = {self.messages.id: self.messages}
        for table in map(self.payload, self.evidence_types.values()):
            if table is not None:
                found.setdefault(table.id, table)
        return found.values()

    def _versions(self, family: str) -> list[str]:
        return [s for s in self.catalogue.standards if s.rpartition("-")[0] == family]

    def check(self, examples: int = 0, only: str = "") -> list[str]:
        """Read and compile everything, or what ``only`` (a file below the root) has a say in.

        Gives every problem, a line each. With ``examples`` the contents' tables are tried on so
        many made-up documents each way.
        """
        from bridge.mapping.check import problems_of  # which looks at us

        return problems_of(self, examples, only)

    def unknown_codes(self) -> list[str]:
        """Codes of pairs that no version's list knows, of what was compiled so far."""
        doubted = self._codes_doubted.items()
        return [text for key, text in doubted if key not in self._codes_known]


def plan_names(compiler: Compiler) -> list[Any]:
    """All rows that take part in a compiled pair, those of its parts included."""
    table = compiler.table
    rows = list(table.rows_of(compiler.pair))
    seen: set[str] = set()
    queue = [row.part for row in rows if row.part]
    while queue:
        name = queue.pop()
        if name in seen or name not in table.parts:
            continue
        seen.add(name)
        inner = table.parts[name].row
        rows += inner
        queue += [row.part for row in inner if row.part]
    return rows


def _country_and_number(classification: str) -> tuple[str, str]:
    _, country, number = f"//{classification}".lower().rsplit("/", 2)
    return country, number


def load_context(path: Path) -> dict[str, Group]:
    """Load named groups of a context from TOML. Raises ``MappingFault``."""
    data, _text = read_toml(path)
    wrong = [name for name, value in data.items() if not isinstance(value, dict)]
    if wrong:
        raise MappingFault(f"'{wrong[0]}' must be a table", where=str(path))
    for name in _no_values(data, ""):
        raise MappingFault(
            f"'{name}' must be text, true or false, a list or a table", where=str(path)
        )
    return {name: group(value) for name, value in data.items()}


def _no_values(value: Any, path: str) -> Iterator[str]:
    """Names of entries of a kind that no field of the context has: numbers, dates."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _no_values(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _no_values(inner, f"{path}[{number}]")
    elif not isinstance(value, str | bool):
        yield path


def _may_be_empty(shape: Shape) -> dict[str, Any]:
    """Mandatory groups of the root whose content is all optional."""
    return {
        row.name: {}
        for row in shape.named_fields()
        if isinstance(row.of, Shape)
        and row.least
        and not row.repeated
        and not row.choice
        and not any(inner.least for inner in row.of.named_fields())
    }
