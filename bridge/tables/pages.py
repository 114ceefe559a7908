"""HTML pages of the tables: rows, data models, losses, codes, an example side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.mapping.codes import CodePairs
from bridge.mapping.evidence import EvidenceType
from bridge.mapping.table import Pair, Row, Table
from bridge.mapping.tables import Tables
from bridge.tables.coverage import LOST, MAPPED, UNMAPPED, USED, Coverage, Side, coverage
from bridge.tables.explain import SIDE_NAMES, Ended, Explained, explained
from bridge.tables.html import bar, code, facts, items, others, page, table
from bridge.tables.picture import picture
from bridge.tables.samples import Samples, spelled
from bridge.tables.tried import Try
from bridge.tables.uses import Use, uses_of, way_of

_SECTIONS = {
    "sums": "What is mapped",
    "rows": "Rows",
    "example": "Example",
    "models": "Data models",
    "codes": "Codes",
}
_BARS = {MAPPED: "mapped", USED: "used", LOST: "gone", UNMAPPED: "norow"}


@dataclass(frozen=True, slots=True)
class Subject:
    """One page: its file name without ending, titles, and what it is about."""

    name: str
    titles: Mapping[str, str]
    evidence: EvidenceType | None
    content: Table | None
    file: str = ""


def subjects(tables: Tables) -> list[Subject]:
    """A page for each evidence type, then one for each file of the messages."""
    found = [
        Subject(evidence.id, evidence.title, evidence, tables.payload(evidence))
        for evidence in tables.evidence_types.values()
    ]
    for path in tables.messages.files:
        titles = {"en": f"Messages: {path.stem}"}
        found.append(Subject(path.stem, titles, None, tables.messages, path.name))
    return found


def index_page(tables: Tables, every: Sequence[Subject]) -> str:
    """The page that leads to all others."""
    rows = []
    for subject in every:
        evidence = subject.evidence
        link = f'<a href="{code(subject.name, tag="")}.html">{code(_title(subject), tag="")}</a>'
        found = coverage(tables, subject.content) if subject.content and evidence else ()
        kept = [f"{s.kept}\u00a0% of {SIDE_NAMES[s.side]}" for c in found for s in c.sides]
        rows.append(
            (
                link,
                code(subject.titles.get("de", ""), tag=""),
                code(", ".join(evidence.procedures) if evidence else "", tag=""),
                code(", ".join(kept) or ("documents only" if evidence else ""), tag=""),
            )
        )
    body = [
        "<h1>Mapping tables</h1>",
        '<p class="sub">Which field of one side is which of the other, and what is lost.</p>',
        table(("page", "German title", "procedures", "reaches the other side"), rows, cards=True),
    ]
    return page("Mapping tables", body)


def subject_page(tables: Tables, subject: Subject, example: Try | None = None) -> str:
    """One page. ``example`` is a translated payload, shown side by side."""
    content = subject.content
    found = coverage(tables, content) if content is not None else ()
    if subject.file and content is not None:
        named = {id_ for row in content.rows if row.file == subject.file for id_ in row.pairs}
        found = tuple(each for each in found if each.pair in named)
    parts: dict[str, list[str]] = {}
    if found:
        parts["sums"] = list(_sums(found, drawn=bool(subject.evidence)))
    if content is not None:
        parts["rows"] = list(_rows(tables, content, subject.file))
    if example is not None:
        parts["example"] = list(_example(example))
    if found and subject.evidence:
        parts["models"] = list(_models(found[0]))
    used = _lists(tables, content, subject.file) if content is not None else []
    if used:
        parts["codes"] = [inner for codes in used for inner in _codes(codes)]
    links = "".join(f'<a href="#{name}">{_SECTIONS[name]}</a>' for name in parts)
    body = [f'<nav><a href="index.html">All tables</a>{links}</nav>', *_head(tables, subject)]
    if content is None:
        body.append("<p>Documents of this type pass through untouched; there are no rows.</p>")
    for name, lines in parts.items():
        body += [f'<section id="{name}">', f"<h2>{_SECTIONS[name]}</h2>", *lines, "</section>"]
    return page(_title(subject), body)


def _title(subject: Subject) -> str:
    return subject.titles.get("en") or subject.name


def _head(tables: Tables, subject: Subject) -> Iterator[str]:
    yield f"<h1>{code(_title(subject), tag='')}</h1>"
    german = subject.titles.get("de", "")
    if german:
        yield f'<p class="sub" lang="de">{code(german, tag="")}</p>'
    evidence = subject.evidence
    if evidence is None:
        return
    register = evidence.register_
    rule = evidence.competence.rule if evidence.competence else ""
    names = [
        tables.requirements.get(address, {}).get("name", address)
        for address in evidence.requirements
    ]
    told = {
        "description": evidence.description.get("en", ""),
        "classification": evidence.classification,
        "register": f"{register.name}, {register.authority}" if register else "",
        "provider": rule,
        "procedures": ", ".join(evidence.procedures),
        "requirements": "; ".join(names),
        "formats": ", ".join(evidence.formats),
        "preview": evidence.preview,
        "version": evidence.version,
        "table": evidence.payload,
        "chapter": evidence.chapter,
    }
    yield facts({name: text for name, text in told.items() if text})


# --- sums ------------------------------------------------------------------------------------


def _sums(found: Sequence[Coverage], *, drawn: bool) -> Iterator[str]:
    yield '<div class="sums">'
    for each in found:
        for side in each.sides:
            if side.kept is not None:
                yield from _sum(each, side)
    yield "</div>"
    if drawn:
        for each in found:
            yield f'<div class="wide">{picture(each)}</div>'


def _sum(each: Coverage, side: Side) -> Iterator[str]:
    counted = side.count("leaving")
    words = {MAPPED: "reach the other side", USED: "used by bridge", LOST: "lost",
             UNMAPPED: "without row"}  # fmt: skip
    yield f"<div><strong>{code(side.kind, tag='')}</strong>"
    yield f'<div class="faint">{code(SIDE_NAMES[side.side], tag="")}, pair {each.pair}</div>'
    yield bar({_BARS[fate]: count for fate, count in counted.items()})
    yield ", ".join(f"{count} {words[fate]}" for fate, count in counted.items() if count)
    yield "</div>"


# --- rows ------------------------------------------------------------------------------------


def _rows(tables: Tables, content: Table, file: str) -> Iterator[str]:
    samples = Samples(tables)
    left, right = content.sides
    heads = ("row", SIDE_NAMES[left], "", SIDE_NAMES[right], "what happens", "lost")
    for pair in content.pairs:
        uses = [use for use in uses_of(content, pair) if not file or use.row.file == file]
        if not uses:
            continue
        if len(content.pairs) > 1:
            kinds = " ↔ ".join(pair.kinds.get(side, "-") for side in content.sides)
            yield f"<details><summary>{code(pair.id, tag='')}: {code(kinds, tag='')}</summary>"
        rows = [_row(tables, content, pair, use, samples) for use in uses]
        lost = [bool(use.row.loss) and len(use.row.paths) < 2 for use in uses]
        yield table(heads, rows, marked=lost, cards=True)
        if len(content.pairs) > 1:
            yield "</details>"


def _row(tables: Tables, content: Table, pair: Pair, use: Use, samples: Samples) -> tuple[str, ...]:
    row = use.row
    told = explained(tables, content, use, samples)
    ends = {side: [end for end in told.ends if end.side == side] for side in content.sides}
    left, right = (_end(ends[side], row) for side in content.sides)
    why = f'<span class="why">{code(row.loss, tag="")}</span>' if row.loss else ""
    name = f"{code(use.name)}<small>{code(told.chapter, tag='')}</small>"
    return (
        name,
        left,
        way_of(row, content.sides),
        right,
        _happens(told),
        why,
    )


def _end(ends: Sequence[Ended], row: Row) -> str:
    out = []
    for end in ends:
        words = "; ".join(filter(None, (end.kind, end.occurs and f"occurs {end.occurs}")))
        out.append(f"{code(end.path)}<small>{code(words, tag='')}</small>")
    return "".join(out)


def _happens(told: Explained) -> str:
    said = [
        text
        for text in told.sentences
        if not text.startswith(("Lost ", "Some of it")) and " are the same, both ways." not in text
    ]
    shown = [f"{code(s.before)} → {code(s.after)}" for s in told.samples if s.changed]
    example = f"<small>example: {'; '.join(shown)}</small>" if shown else ""
    return code(" ".join(said), tag="") + example


# --- example ---------------------------------------------------------------------------------


def _example(tried: Try) -> Iterator[str]:
    source, target = tried.source.head.kind, tried.kind
    values = dict(tried.source.fields.leaves())
    yield (
        f"<p>A made-up {code(source)} becomes a {code(target)}; each line is a value, with the row "
        "that made it.</p>"
    )
    rows: list[tuple[str, ...]] = []
    marked: list[bool] = []
    for each in tried.made:
        before = "<br>".join(
            f"{code(path)} <small>{code(spelled(values.get(path)), tag='')}</small>"
            for path in each.sources
        )
        before = before or f'<span class="faint">{code(each.origin, tag="")}</span>'
        after = f"{code(each.path)} <small>{code(spelled(each.value), tag='')}</small>"
        rows.append((before, code(each.row), after))
        marked.append(False)
    for gone in tried.gone:
        before = f"{code(gone.path)} <small>{code(spelled(gone.value), tag='')}</small>"
        why = f'<span class="why">{code(gone.reason, tag="")}</span>'
        rows.append((before, code(gone.row), why))
        marked.append(True)
    yield table((source, "row", target), rows, marked=marked, cards=True)


# --- data models -----------------------------------------------------------------------------


def _models(found: Coverage) -> Iterator[str]:
    yield '<div class="two">'
    for side in found.sides:
        yield f"<div><h3>{code(side.kind, tag='')}</h3>"
        yield f'<p class="sub">{code(side.standard, tag="")}</p>'
        yield items(_tree(side))
        yield "</div>"
    yield "</div>"


def _tree(side: Side) -> dict[str, object]:
    tree: dict[str, object] = {}
    for leaf in side.leaves:
        *way, last = leaf.path.split("/")
        here = tree
        for name in way:
            inner = here.setdefault(name, {})
            assert isinstance(inner, dict)
            here = inner
        fate = leaf.leaving or leaf.arriving
        style = "why" if fate == LOST else "bad" if fate == UNMAPPED else "faint"
        words = f"{leaf.kind}, {leaf.occurs}"
        reason = f": {leaf.reason}" if leaf.reason and fate == LOST else ""
        here[last] = (
            f' <span class="faint">{code(words, tag="")}</span>'
            f' <span class="{style}">{code(f"{fate}{reason}", tag="")}</span>'
        )
    return tree


# --- codes -----------------------------------------------------------------------------------


def _lists(tables: Tables, content: Table, file: str) -> list[CodePairs]:
    rows = [*content.rows, *(row for part in content.parts.values() for row in part.row)]
    names = dict.fromkeys(r.codes for r in rows if r.codes and (not file or r.file == file))
    return [tables.codes[name] for name in names if name in tables.codes]


def _codes(codes: CodePairs) -> Iterator[str]:
    yield f'<h3 id="codes-{codes.id}">{code(codes.title.get("en", codes.id), tag="")}</h3>'
    yield f'<p class="sub">{code(codes.id)} · {code(codes.chapter, tag="")}</p>'
    to_left, to_right = codes.values
    left, right = (way.removeprefix("to-") for way in codes.values)
    rows, marked = [], []
    for one, other in codes.values[to_right].items():
        back = codes.values[to_left].get(other) == one
        rows.append((code(one), "↔" if back else "→", code(other)))
        marked.append(not back)
    for other, one in codes.values[to_left].items():
        if codes.values[to_right].get(one) != other:
            rows.append((code(one), "←", code(other)))
            marked.append(True)
    yield table((SIDE_NAMES[left], "", SIDE_NAMES[right]), rows, marked=marked)
    for way, what in codes.fallback.items():
        goal = SIDE_NAMES[way.removeprefix("to-")]
        value = others(what)
        yield f"<p>Others, towards {code(goal, tag='')}: {value}.</p>"
