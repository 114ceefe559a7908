"""Are the tables sound? Everything is read and compiled, and tried on made-up documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from bridge.errors import BridgeError, MappingFault
from bridge.mapping import evidence_laws
from bridge.mapping.laws import without_chapter
from bridge.mapping.receive import problems as receiving
from bridge.mapping.table import Table, near
from bridge.mapping.texts import titles
from bridge.mapping.trial import Trial

if TYPE_CHECKING:
    from bridge.mapping.evidence import EvidenceType
    from bridge.mapping.tables import Tables

_FILES: Final = (
    "messages", "codes", "guard", "latin", "refusals", "defaults", "evidence_types", "requirements",
)  # fmt: skip
OWN_GROUPS: Final = ("platform", "product", "register", "settings")
"""Groups of the context that only ``platform.toml`` gives: rows draw upon them by ``from``."""


def problems_of(
    tables: Tables, examples: int, only: str = "", *, smallest: bool = True
) -> list[str]:
    """Every problem, a line each.

    ``examples`` documents are made up for each content and way. ``only`` is a file below the root:
    its own problems, and those of the tables that use it. ``smallest``: see ``Trial.problems``.
    """
    name = only.rpartition("/")[2]
    problems = [problem for problem in _unreadable(tables) if name in problem]
    if problems:
        return problems
    concerned = list(_concerned(tables, only))
    try:
        for table in concerned:
            problems += without_chapter(table)
            problems += _compiled(tables, table)
        problems += [p for p in _beside(tables, concerned) if name in p]
    except MappingFault as error:
        problems += error.problems or [str(error)]
    except BridgeError as error:
        problems.append(str(error))
    problems += [problem for problem in tables.unknown_codes() if name in problem or concerned]
    if not problems and examples:  # a table that does not compile cannot be tried
        for route in tables.routes(concerned):
            if route[1].families:
                problems += Trial(tables, *route).problems(examples, smallest=smallest)
    return list(dict.fromkeys(problems))


def _concerned(tables: Tables, only: str) -> Iterator[Table]:
    """The tables that a file has a say in; all of them where none is named."""
    if not only:
        yield from tables.every()
        return
    seen: set[str] = set()
    contents = [e for e in tables.evidence_types.values() if e.payload]
    for evidence in contents:
        try:
            table = tables.payload(evidence)
        except MappingFault:
            continue  # another file is wrong, and told when it is asked for
        if table is not None and table.id not in seen and _uses(table, evidence.payload, only):
            seen.add(table.id)
            yield table
    try:
        if any(_uses(tables.messages, path.name, only) for path in tables.messages.files):
            yield tables.messages
    except MappingFault:
        return


def _uses(table: Table, file: str, only: str) -> bool:
    rows = (*table.rows, *(row for part in table.parts.values() for row in part.row))
    return only == file or any(row.codes and only == f"codes/{row.codes}.toml" for row in rows)


def _compiled(tables: Tables, table: Table) -> list[str]:
    found: dict[str, None] = {}
    for _table, pair, direction, source, target in tables.routes([table]):
        found.update(dict.fromkeys(tables.compiled(table, pair, direction, source, target)[1]))
        side = direction.removeprefix("to-")
        if table.receives and pair.families:
            shape = tables.catalogue.binding(target).message(pair.kinds[side]).shape
            found.update(dict.fromkeys(receiving(table, pair, side, shape)))
    return list(found)


def _beside(tables: Tables, concerned: Iterable[Table]) -> Iterator[str]:
    """What is said beside the rows: evidence types, texts, procedures that receive less."""
    lists = evidence_laws.known_lists(tables.catalogue.bindings(), tables.requirements)
    yield from evidence_laws.problems_of(tables.evidence_types.values(), lists, tables.latin)
    for codes in tables.codes.values():
        yield from titles(codes.title, codes.file, tables.latin)
    for table in concerned:
        yield from titles(table.title, _names(table), tables.latin)
        for evidence in tables.evidence_types.values():
            if evidence.payload.endswith(f"/{_names(table)}"):
                yield from _served(table, evidence)


def _served(table: Table, evidence: EvidenceType) -> Iterator[str]:
    for entry in table.receives:
        if evidence.procedures and entry.procedure not in evidence.procedures:
            hint = near(entry.procedure, evidence.procedures)
            yield (
                f"{entry.file}:{entry.line}: receives {entry.procedure}: {evidence.id} does "
                f"not serve this procedure{hint}"
            )


def _names(table: Table) -> str:
    return table.files[0].name


def _unreadable(tables: Tables) -> list[str]:
    """Problems of single files, each told although another file is wrong too."""
    problems: list[str] = []

    def read(file: Callable[[], object]) -> None:
        try:
            file()
        except MappingFault as error:
            problems.extend(error.problems or [str(error)])
        except BridgeError as error:
            problems.append(str(error))

    for name in _FILES:
        read(partial(getattr, tables, name))
    if "evidence_types" in tables.__dict__:
        for evidence in tables.evidence_types.values():
            read(partial(_whole, tables, evidence))
    if "defaults" in tables.__dict__:
        problems += [
            f"platform.toml: the group '{name}' is missing or empty"
            for name in OWN_GROUPS
            if not tables.defaults.get(name)
        ]
    return problems


def _whole(tables: Tables, evidence: EvidenceType) -> None:
    table = tables.payload(evidence)
    if table is not None and not (table.pairs and table.rows):
        raise MappingFault("the table needs a pair and a row", where=evidence.payload)
