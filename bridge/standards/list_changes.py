"""What is different between two editions of a list, and a new edition laid over an old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bridge.standards.codelists import CODE, FROM, NAME, UNTIL, Edition

_OWN = (CODE, NAME, FROM, UNTIL)


class Kind(StrEnum):
    """What happened to a code. ``RECODED``: one code went, another came with the same name."""

    ADDED = "added"
    REMOVED = "removed"
    RETIRED = "retired"
    RECODED = "recoded"
    RENAMED = "renamed"
    VALIDITY = "validity"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the code, for ``TEXT`` the column, and the text before and after."""

    kind: Kind
    code: str
    before: str = ""
    after: str = ""
    column: str = ""

    def as_json(self) -> dict[str, str]:
        """The shape that ``--json`` prints: what is empty is left out."""
        shape = {
            "kind": str(self.kind),
            "code": self.code,
            "column": self.column,
            "before": self.before,
            "after": self.after,
        }
        return {key: text for key, text in shape.items() if text}


def changes(old: Edition, new: Edition) -> tuple[Change, ...]:
    """Give what is different in the rows, kind by kind, in the order of the codes.

    Only columns that both editions have are compared, apart from the validity.
    """
    gone = [code for code in old.rows if code not in new.rows]
    come = [code for code in new.rows if code not in old.rows]
    recoded = dict(_recoded(old.rows, new.rows, gone, come))
    found = [
        Change(Kind.ADDED, code, after=new.rows[code].get(NAME, ""))
        for code in come
        if code not in recoded.values()
    ]
    found += [
        Change(Kind.REMOVED, code, before=old.rows[code].get(NAME, ""))
        for code in gone
        if code not in recoded
    ]
    found += [Change(Kind.RECODED, code, code, other) for code, other in recoded.items()]
    shared = [name for name in old.columns if name in new.columns and name not in (FROM, UNTIL)]
    for code, before in old.rows.items():
        if code in new.rows:
            found += _row_changes(code, before, new.rows[code], shared)
    order = list(Kind)
    return tuple(sorted(found, key=lambda change: order.index(change.kind)))


def _recoded(
    old: Mapping[str, Mapping[str, str]],
    new: Mapping[str, Mapping[str, str]],
    gone: Iterable[str],
    come: Iterable[str],
) -> Iterator[tuple[str, str]]:
    names = Counter(row.get(NAME, "") for rows in (old, new) for row in rows.values())
    successors = {new[code].get(NAME, ""): code for code in come}
    for code in gone:
        name = old[code].get(NAME, "")
        if name and name in successors and names[name] == 2:
            yield code, successors[name]


def _row_changes(
    code: str, before: Mapping[str, str], after: Mapping[str, str], columns: Iterable[str]
) -> Iterator[Change]:
    for name in columns:
        if before[name] != after[name]:
            kind, column = (Kind.RENAMED, "") if name == NAME else (Kind.TEXT, name)
            yield Change(kind, code, before[name], after[name], column)
    old_span, new_span = span(before), span(after)
    if old_span != new_span:
        ended = after.get(UNTIL) and not before.get(UNTIL)
        yield Change(Kind.RETIRED if ended else Kind.VALIDITY, code, old_span, new_span)


def span(row: Mapping[str, str]) -> str:
    """Say when a code is in force: ``from …``, ``to …``, both days, or nothing."""
    since, until = row.get(FROM, ""), row.get(UNTIL, "")
    if since and until:
        return f"{since} to {until}"
    return f"from {since}" if since else f"to {until}" if until else ""


def laid_over(old: Edition, new: Edition, retire: date | None = None) -> Edition:
    """Give the new edition with what only the old one knows.

    Columns that the new one lacks keep their texts, the begin of a code included; its end is not
    kept, as a code that is published again is in force again. ``retire`` keeps codes that are gone,
    ended on that day unless they ended before; they stand behind the others. Head lines that the
    new one lacks keep theirs, but not its version and dates.
    """
    gone = [] if retire is None else [code for code in old.rows if code not in new.rows]
    columns = _columns(old, new, ends=bool(gone))
    rows: dict[str, dict[str, str]] = {}
    for code, row in new.rows.items():
        before = {key: text for key, text in old.rows.get(code, {}).items() if key != UNTIL}
        rows[code] = {name: row.get(name, before.get(name, "")) for name in columns}
    for code in gone:
        row = {name: old.rows[code].get(name, "") for name in columns}
        row[UNTIL] = min(filter(None, (row[UNTIL], f"{retire}")))
        if row.get(FROM, "") > row[UNTIL]:
            raise ValueError(f"the code {code} would end before it begins")
        rows[code] = row
    head = replace(new.head, name=new.head.name or old.head.name, uri=new.head.uri or old.head.uri)
    return Edition(head, columns, rows)


def _columns(old: Edition, new: Edition, *, ends: bool) -> tuple[str, ...]:
    known = {*new.columns, *(name for name in old.columns if name != UNTIL)}
    if ends:
        known.add(UNTIL)
    others = dict.fromkeys(name for name in (*old.columns, *new.columns) if name not in _OWN)
    # The dates stand last, so that the columns of a publication stay together.
    return tuple(n for n in (CODE, NAME, *others, FROM, UNTIL) if n in known)
