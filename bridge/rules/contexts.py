"""Contexts of rows taken apart into steps, and steps into a name and a condition.

A context is what Schematron allows and a little more: alternatives, each a path of steps from the
root or from anywhere, which may end in an attribute or go upwards.
"""

from __future__ import annotations

import re
from typing import Final

NAMES: Final = "names "
"""Begins the step that stands for several names at any place."""

BY_PLACE: Final = re.compile(r"(?<![\w:.-])(position|last|current)\(")
"""Functions whose value depends on how a node was come to."""

_NAME_STEP = re.compile(r"^([\w-]+):([\w.-]+)$")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_INNER = re.compile(r"\[[^\[\]()]*\]")
_CALLED = re.compile(r"\([^\[\]()]*\)")
_COMPARED = re.compile(r"[=<>]| or | and ")
_NAME = r"[^\W\d][\w.-]*"
_STEP = rf"@?(?:\.\.?|\*|{_NAME}(?::(?:\*|{_NAME}))?)"
_PATH = re.compile(rf"^{_STEP}(?:/{{1,2}}{_STEP})*$")


def context_steps(context: str, roots: tuple[str, ...]) -> list[list[str]]:
    """Give the steps of each alternative of a context; the first begins with ``/`` or ``//``.

    A relative context means any place, as in Schematron, but for the ``roots``. Alternatives that
    are one name each become one step with all the names, so the document is walked once.
    """
    alternatives = [_steps(part.strip()) for part in split_outside(context, "|")]
    alternatives = _merged(alternatives)
    return [_anchored(steps, roots) for steps in alternatives]


def _anchored(steps: list[str], roots: tuple[str, ...]) -> list[str]:
    first = steps[0]
    if first.startswith(("/", NAMES)):
        return steps
    name = re.split(r"\[", first)[0]
    return [f"/{first}" if name in roots else f"//{first}", *steps[1:]]


def _steps(path: str) -> list[str]:
    steps: list[str] = []
    slashes = ""
    for part in split_outside(path, "/"):
        if not part:
            slashes += "/"
            continue
        if not steps:
            steps.append(slashes + part)
        else:
            # After a step, one empty part stands for the second slash of `//`.
            steps.append(f".//{part}" if slashes else part)
        slashes = ""
    return steps


def _merged(alternatives: list[list[str]]) -> list[list[str]]:
    names: dict[str, list[str]] = {}
    others = []
    for steps in alternatives:
        match = _NAME_STEP.match(steps[0]) if len(steps) == 1 else None
        if match:
            names.setdefault(match.group(1), []).append(match.group(2))
        else:
            others.append(steps)
    for prefix, locals_ in names.items():
        if len(locals_) < 3:
            others += [[f"{prefix}:{local}"] for local in locals_]
        else:
            others.append([NAMES + "|".join(f"{prefix}:{local}" for local in locals_)])
    return others


def split_outside(text: str, sign: str) -> list[str]:
    """Split at a sign that stands outside brackets, parentheses and quotes."""
    if sign not in text:
        return [text]
    parts, depth, quote, current = [], 0, "", ""
    for each in text:
        if quote:
            quote = "" if each == quote else quote
        elif each in "'\"":
            quote = each
        elif each in "[(":
            depth += 1
        elif each in "])":
            depth -= 1
        if each == sign and not depth and not quote:
            parts.append(current)
            current = ""
        else:
            current += each
    return [*parts, current]


def apart(step: str) -> tuple[str, str]:
    """Give a step without its predicates, and these as one condition; empty where none.

    A predicate that is a position, or might be one, stays with its step.
    """
    name, _, rest = step.partition("[")
    predicate = rest.removesuffix("]")
    return (name, predicate) if predicate != rest and _is_condition(predicate) else (step, "")


def _is_condition(predicate: str) -> bool:
    """Whether a predicate is sure to be no number, and means the same as a test at the node."""
    if BY_PLACE.search(predicate):
        return False
    outside, before = _TEXT.sub("''", predicate), ""
    while outside != before:
        before, outside = outside, _INNER.sub("", _CALLED.sub("()", outside))
        outside = outside.replace("()", "\0")
    if "]" in outside:
        return False
    return bool(_COMPARED.search(outside) or _PATH.match(outside) or outside == "not\0")


def selected(name: str, predicate: str) -> str:
    """Give the walk for a step; ``//`` with a predicate costs libxml2 twice the axis."""
    if name.startswith("//@"):
        name = f"/descendant::*/{name[2:]}"
    if not predicate:
        return name
    for short, axis in (("//", "/descendant::"), (".//", "descendant::")):
        if name.startswith(short) and name[len(short)] not in ".@":
            name = axis + name[len(short) :]
    return f"{name}[{predicate}]"
