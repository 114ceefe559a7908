"""``bridge codelists import``: what a published list changes, what that breaks, what is written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bridge.cli.codelists import head_changes, place_of, shelf_of, tell_changes, tell_head
from bridge.cli.documents import read_octets, write_octets
from bridge.cli.options import catalogue, tables
from bridge.cli.output import DONE, REFUSED, Output, Styled
from bridge.errors import SettingsFault
from bridge.finding import Finding
from bridge.standards.codelists import Edition, ListHead, dump_edition, load_edition
from bridge.standards.list_changes import Change, Kind, changes, laid_over
from bridge.standards.list_files import bound_lists, read_list
from bridge.standards.list_import import slug

if TYPE_CHECKING:
    from bridge.cli.list_shelf import Shelf, Shelved
    from bridge.cli.list_uses import Use


_UNBOUND: Final = "nothing reads the file yet: name it in [lists] of binding.toml or rules.toml"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a list goes: the file to write, the list there now, if any, and its place in a version.

    ``compared`` is the file whose codes may be in use: the version's own, even with ``-o``.
    """

    path: Path
    old: Edition | None
    shelved: Shelved | None = None

    @property
    def compared(self) -> Path:
        """The file that binding and rules read."""
        return self.shelved.path if self.shelved is not None else self.path


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: the new edition, its changes, what speaks against it."""

    target: Target
    edition: Edition
    changes: tuple[Change, ...]
    heads: dict[str, list[str]]
    findings: tuple[Finding, ...]
    objections: tuple[str, ...]
    uses: tuple[Use, ...]
    notes: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether something speaks against it."""
        return bool(self.objections or self.uses)


def take_in(arguments: argparse.Namespace, out: Output) -> int:
    """Read, compare, tell, and write unless that is refused or a dry run."""
    plan = _plan(arguments)
    refused = plan.refused and not arguments.force
    writes = not (refused or arguments.dry_run)
    if writes:
        write_octets(plan.target.path, dump_edition(plan.edition).encode())
    if arguments.json:
        out.json(_as_json(plan, refused=refused, written=writes))
    else:
        _tell(plan, out, refused=refused, written=writes)
    return REFUSED if refused else DONE


def _plan(arguments: argparse.Namespace) -> Plan:
    imported = read_list(read_octets(arguments.file), arguments.file, arguments.code)
    new = replace(imported.edition, head=_head(imported.edition.head, arguments))
    shelf = shelf_of(arguments)
    target = _target(arguments, shelf, new.head)
    old = target.old
    if old is None:
        unbound = () if target.path == arguments.output else (_UNBOUND,)
        return Plan(target, new, (), {}, imported.findings, (), (), unbound)
    try:
        made = laid_over(old, new, arguments.retire)
    except ValueError as error:
        raise SettingsFault(
            str(error), remedy="Name a later day with --retire, or correct the list."
        ) from None
    gone = [code for code in old.rows if code not in made.rows]
    return Plan(
        target,
        made,
        changes(old, made),
        head_changes(old, made),
        imported.findings,
        tuple(_objections(old, new)),
        tuple(_uses(gone, target, shelf, arguments)),
        tuple(_notes(target, made, shelf)),
    )


def _head(head: ListHead, arguments: argparse.Namespace) -> ListHead:
    """The head of the file, with what the command line says."""

    def said(value: date | str | None, otherwise: str) -> str:
        return " ".join(f"{value}".split()) if value else otherwise

    file = f"file {Path(arguments.file).name}"
    named = "" if head.source.endswith(file) else file
    return replace(
        head,
        source=said(arguments.source, ", ".join(filter(None, (head.source, named)))),
        version=said(arguments.edition, head.version),
        valid_from=said(arguments.valid_from, head.valid_from),
        valid_until=said(arguments.valid_until, head.valid_until),
    )


def _target(arguments: argparse.Namespace, shelf: Shelf, head: ListHead) -> Target:
    name, standard, output = arguments.list or head.name, arguments.standard, arguments.output
    if not standard:
        if output is None:
            raise SettingsFault(
                "it is not said where the list goes",
                remedy="Name a version with --standard, or a file with -o.",
            )
        return Target(output, load_edition(output) if output.is_file() else None)
    if not name:
        raise SettingsFault("the file does not say its name", remedy="Name the list with --list.")
    own = [
        e for e in shelf.lists if e.standard == standard and e.is_called(name) and not e.borrowed
    ]
    if len(own) > 1:
        files = ", ".join(each.path.stem for each in own)
        raise SettingsFault(f"several lists are called {name}", remedy=f"Name one of {files}.")
    if own:
        return Target(output or own[0].path, own[0].edition(), own[0])
    if arguments.list and not output and any(e.is_called(name) for e in shelf.lists):
        # Known elsewhere: the same file name here lets bindings and rules of this version name it.
        name = next(e.path.stem for e in shelf.lists if e.is_called(name))
    return Target(output or shelf.new_file(standard, slug(name)), None)


def _objections(old: Edition, new: Edition) -> Iterator[str]:
    if old.head.uri and new.head.uri and old.head.uri != new.head.uri:
        yield f"it is another list: {new.head.uri} is not {old.head.uri}"


def _uses(
    gone: list[str], target: Target, shelf: Shelf, arguments: argparse.Namespace
) -> list[Use]:
    if not gone or target.shelved is None:
        return []
    from bridge.cli.list_uses import uses

    known = catalogue(arguments)
    return uses(gone, target.compared, shelf, known, tables(arguments, known))


def _notes(target: Target, edition: Edition, shelf: Shelf) -> Iterator[str]:
    shelved = target.shelved
    if shelved is None:
        return
    folder = shelved.path.parent.parent
    bound = bound_lists(folder)
    for name in shelved.read_by:
        version = str(bound[name].get("version", ""))
        if bound[name].get("uri") and version != edition.head.version:
            yield (
                f"messages name version {version} of this list: that is lists.{name} in the "
                f"binding, and stays"
            )
    for each in shelf.lists:
        if (
            each.standard == shelved.standard
            and each.borrowed
            and each.path.name == (shelved.path.name)
        ):
            yield f"the rules of {each.standard} take {each.judged_by[0]} from {place_of(each)}"
    judging = [each for each in shelf.judges_with(shelved.path) if each != shelved.standard]
    if judging:
        yield f"the rules of {', '.join(judging)} take the list from here too"


# --- telling ------------------------------------------------------------------


def _tell(plan: Plan, out: Output, *, refused: bool, written: bool) -> None:
    head = plan.edition.head
    facts = {
        "list": head.name or plan.target.path.stem,
        "version": head.version,
        "source": head.source,
        "codes": str(len(plan.edition.rows)),
        "file": str(plan.target.path),
    }
    out.panel("code list", [(name, fact) for name, fact in facts.items() if fact])
    if plan.findings:
        out.line()
        out.findings(plan.findings)
    out.line()
    if plan.target.old is None:
        out.line("the list is new here")
    else:
        tell_head(plan.heads, out)
        tell_changes(plan.changes, out)
    for note in plan.notes:
        out.line(Styled("note: ", "faint"), note)
    if plan.uses:
        out.heading("codes that would go and are in use")
        out.table(
            ("code", "place", "used by"),
            [(Styled(use.code, "name"), use.place, use.what) for use in plan.uses],
        )
    out.line()
    for objection in plan.objections:
        out.line(Styled(objection, "warn"))
    out.line(*_verdict(plan, refused=refused, written=written))


def _verdict(plan: Plan, *, refused: bool, written: bool) -> tuple[Styled | str, ...]:
    if refused:
        how = (
            "--retire DATE keeps the codes, --force drops them" if plan.uses else "--force takes it"
        )
        return Styled("refused", "bad"), f", nothing is written: {how}"
    if not written:
        return Styled("dry run", "warn"), ", nothing is written"
    return Styled("written", "good"), f": {plan.target.path}"


def _as_json(plan: Plan, *, refused: bool, written: bool) -> dict[str, Any]:
    gone = {change.code for change in plan.changes if change.kind in (Kind.REMOVED, Kind.RECODED)}
    return {
        "file": str(plan.target.path),
        "written": written,
        "refused": refused,
        "new": plan.target.old is None,
        "count": len(plan.edition.rows),
        "head": plan.heads,
        "changes": [change.as_json() for change in plan.changes],
        "gone": sorted(gone),
        "objections": list(plan.objections),
        "uses": [{"code": use.code, "place": use.place, "by": use.what} for use in plan.uses],
        "notes": list(plan.notes),
        "findings": [finding.as_json() for finding in plan.findings],
    }
