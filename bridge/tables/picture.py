"""The coverage of a pair as a picture: two lists of leaves, lines between, losses in colour."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from bridge.tables.coverage import EMPTY, LOST, MAPPED, SUPPLIED, UNMAPPED, USED, Coverage, Side
from bridge.tables.explain import SIDE_NAMES

_LINE: Final = 18
_TOP: Final = 76
_LETTER: Final = 6.7
_MOST_LETTERS: Final = 52
_GAP: Final = 170
_EDGE: Final = 14
_COLOURS: Final = {
    MAPPED: "#1a7f37",
    USED: "#57606a",
    LOST: "#b35900",
    UNMAPPED: "#b3001b",
    SUPPLIED: "#0550ae",
    EMPTY: "#8c959f",
}
_MARKS: Final = {MAPPED: "●", USED: "○", LOST: "✗", UNMAPPED: "?"}
"""Beside the colour, for those who do not see it and for paper."""
_LEGEND: Final = {
    MAPPED: "reaches the other side",
    USED: "used by bridge",
    LOST: "lost, with a reason",
    UNMAPPED: "no row",
}


def picture(found: Coverage) -> str:
    """An SVG drawing; it names fields only, and needs no font or file from elsewhere."""
    left = found.sides[0]
    right = found.sides[1] if len(found.sides) > 1 else None
    wide = [_width(side) for side in found.sides]
    start = _EDGE + wide[0]
    width = start + (_GAP + wide[1] if right else 0) + _EDGE
    height = _TOP + _LINE * max(len(side.leaves) for side in found.sides) + _EDGE
    title = escape(f"{found.table}, {found.pair}: what is mapped")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
        f'role="img" aria-label="{title}" font-family="ui-monospace, monospace" font-size="11">',
        f"<title>{title}</title>",
        f'<rect width="{width:.0f}" height="{height}" fill="#ffffff"/>',
        *_legend(width),
        *_names(left, start - 12, "end"),
    ]
    if right is not None:
        parts += _names(right, start + _GAP + 12, "start")
        parts += _lines(left, right, start)
    return "\n".join([*parts, "</svg>", ""])


def _width(side: Side) -> float:
    texts = [_short(leaf.path) for leaf in side.leaves] + [f"{_head(side)}  ", " " * 28]
    return max(len(text) for text in texts) * _LETTER + 26


def _head(side: Side) -> str:
    return f"{SIDE_NAMES.get(side.side, side.side)}: {side.kind}"


def _short(path: str) -> str:
    return path if len(path) <= _MOST_LETTERS else "…" + path[1 - _MOST_LETTERS :]


def _y(number: int) -> int:
    return _TOP + _LINE * number + _LINE // 2


def _legend(width: float) -> Iterator[str]:
    at = float(_EDGE)
    for fate, meaning in _LEGEND.items():
        text = f"{_MARKS[fate]} {meaning}"
        yield f'<text x="{at:.0f}" y="22" fill="{_COLOURS[fate]}">{escape(text)}</text>'
        at += len(text) * _LETTER + 18


def _names(side: Side, x: float, anchor: str) -> Iterator[str]:
    sign = -1 if anchor == "end" else 1
    head = _head(side)
    counted = side.count("leaving")
    sums = ", ".join(f"{count} {fate}" for fate, count in counted.items() if count)
    yield (
        f'<text x="{x:.0f}" y="46" text-anchor="{anchor}" font-weight="bold">{escape(head)}</text>'
    )
    yield f'<text x="{x:.0f}" y="62" text-anchor="{anchor}" fill="#57606a">{escape(sums)}</text>'
    for number, leaf in enumerate(side.leaves):
        colour = _COLOURS.get(leaf.leaving, _COLOURS[EMPTY])
        mark = _MARKS.get(leaf.leaving, "·")
        why = f"<title>{escape(leaf.reason)}</title>" if leaf.reason else ""
        yield (
            f'<text x="{x - 9 * sign:.0f}" y="{_y(number) + 4}" text-anchor="middle" '
            f'fill="{colour}">{mark}</text>'
            f'<text x="{x + 4 * sign:.0f}" y="{_y(number) + 4}" text-anchor="{anchor}" '
            f'fill="{colour}">{why}{escape(_short(leaf.path))}</text>'
        )


def _lines(left: Side, right: Side, start: float) -> Iterator[str]:
    places = {leaf.path: number for number, leaf in enumerate(right.leaves)}
    for number, leaf in enumerate(left.leaves):
        for partner in leaf.partners:
            if partner not in places:
                continue
            other = right.leaves[places[partner]]
            both = leaf.leaving == MAPPED and other.leaving == MAPPED
            dash = "" if both else ' stroke-dasharray="4 3"'
            a, b = _y(number), _y(places[partner])
            x, z = start - 8, start + _GAP + 8
            middle = (x + z) / 2
            yield (
                f'<path d="M{x:.0f} {a} C{middle:.0f} {a} {middle:.0f} {b} {z:.0f} {b}" '
                f'fill="none" stroke="{_COLOURS[MAPPED]}" stroke-opacity="0.6"{dash}>'
                f"<title>{escape(', '.join(leaf.rows))}</title></path>"
            )
