"""The few pieces of HTML that the pages are made of; every text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from bridge.tables.page_style import STYLE


def page(title: str, body: Iterable[str]) -> str:
    """A whole page that needs nothing else."""
    inner = "\n".join(body)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{inner}\n</body>\n</html>\n"
    )


def code(text: str, tag: str = "code") -> str:
    """A text, escaped; by default as a name of the tables."""
    plain = escape(text)
    return f"<{tag}>{plain}</{tag}>" if tag and plain else plain


def facts(told: Mapping[str, str]) -> str:
    """Names and texts."""
    inner = "".join(f"<dt>{escape(n)}</dt><dd>{escape(text)}</dd>" for n, text in told.items())
    return f'<dl class="facts">{inner}</dl>'


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    marked: Sequence[bool] = (),
    cards: bool = False,
) -> str:
    """A table of cells that are HTML already; ``marked`` rows are losses.

    ``cards``: on a phone each row is a card of its own.
    """
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = []
    for number, row in enumerate(rows):
        lost = ' class="lost"' if number < len(marked) and marked[number] else ""
        inner = "".join(
            f'<td data-head="{escape(head)}"{_way(cell)}>{cell}</td>'
            for head, cell in zip(heads, row, strict=True)
        )
        lines.append(f"<tr{lost}>{inner}</tr>")
    wide = " six" if len(heads) == 6 else ""
    style = f' class="cards{wide}"' if cards else ""
    body = "\n".join(lines)
    return f"<table{style}><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table>"


def _way(cell: str) -> str:
    return ' class="way"' if cell in ("↔", "→", "←", "?") else ""


def bar(counts: Mapping[str, int]) -> str:
    """A bar of shares, by style; the numbers stand beside it in words."""
    every = sum(counts.values()) or 1
    inner = "".join(
        f'<span class="{style}" style="width:{100 * count / every:.1f}%"></span>'
        for style, count in counts.items()
        if count
    )
    return f'<div class="bar" aria-hidden="true">{inner}</div>'


def items(tree: Mapping[str, object], top: bool = True) -> str:
    """A tree: texts are HTML behind a name, mappings are groups."""
    inner = []
    for name, value in tree.items():
        below = items(value, top=False) if isinstance(value, Mapping) else str(value)
        inner.append(f'<li><span class="field">{escape(name)}</span>{below}</li>')
    style = ' class="tree"' if top else ""
    return f"<ul{style}>{''.join(inner)}</ul>"


def others(value: object) -> str:
    """What a list of codes does with others, in words."""
    if isinstance(value, Mapping):
        return code(str(value.get("value", "")))
    words = {"omit": "left out", "copy": "taken as they are", "error": "lost, with a reason"}
    return escape(words.get(str(value), str(value)))
