"""Converters that other distributions bring: the entry point group ``bridge.converters``.

An entry point names one ``Converter``. It is loaded once, when a table first asks for a name that
is not built in, and checked before it is used.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from bridge.errors import SettingsFault
from bridge.mapping.account import Account, Env, Shelf
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.converter import Converter
from bridge.mapping.latin import Latin
from bridge.message import Group, Head, Message

GROUP: Final = "bridge.converters"
_NAME: Final = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PARAMETERS: Final = 2
_TYPES: Final = (str, bool, int, bytes, None)


@cache
def plugged(built_in: frozenset[str]) -> Mapping[str, Converter]:
    """The converters of all installed distributions, by name. Raises ``SettingsFault``."""
    return load(entry_points(group=GROUP), built_in)


def load(points: Iterable[EntryPoint], built_in: frozenset[str]) -> dict[str, Converter]:
    """Load and check entry points. Raises ``SettingsFault`` that names the distribution."""
    found: dict[str, Converter] = {}
    for point in sorted(points, key=lambda each: each.name):
        where = f"entry point {point.name} of {_distribution(point)}"
        try:
            converter = point.load()
        except Exception as error:  # whatever a foreign module raises while it is imported
            raise _fault(f"it cannot be loaded: {type(error).__name__}", where) from error
        problem = _wrong(converter, point.name)
        if not problem and point.name in built_in:
            problem = "a built-in converter has this name"
        if not problem and point.name in found:
            problem = "another distribution brings a converter of this name"
        if problem:
            raise _fault(problem, where)
        found[point.name] = converter
    return found


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _fault(what: str, where: str) -> SettingsFault:
    return SettingsFault(
        f"a converter of a plug-in cannot be used: {what}",
        where=where,
        remedy="Repair or uninstall the distribution (docs/mapping-language.md, Plug-ins).",
    )


def _wrong(converter: Any, name: str) -> str:
    """What is wrong with a plug-in; empty where it may be used."""
    if not isinstance(converter, Converter):
        return "it is no bridge.mapping.converter.Converter"
    if converter.name != name or not _NAME.fullmatch(name):
        return "its name is not that of the entry point, in small letters with hyphens"
    if not converter.about:
        return "it does not say what it does ('about')"
    functions = [f for f in (converter.to_national, converter.to_eu) if f is not None]
    if not functions:
        return "it goes in no direction"
    if not all(map(_takes_two, functions)):
        return "its functions take a value and the surroundings"
    if converter.national_type not in _TYPES or converter.eu_type not in _TYPES:
        return "its types are str, bool, int or bytes"
    try:
        re.compile(converter.national_form), re.compile(converter.eu_form)
    except re.error:
        return "a form is no regular expression"
    if not converter.samples:
        return "it gives no 'samples', pairs of values that belong together"
    return next(filter(None, (_disproved(converter, *pair) for pair in converter.samples)), "")


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(*[None] * _PARAMETERS)
    except (TypeError, ValueError):  # nothing to call, or another number of parameters
        return False
    return True


def _disproved(converter: Converter, national: Any, eu: Any) -> str:
    """Try a sample in both directions, as far as there are any."""
    ways = [
        (converter.to_eu, national, eu, converter.national_form, "to-eu"),
        (converter.to_national, eu, national, converter.eu_form, "to-national"),
    ]
    for function, given, expected, form, direction in ways:
        if function is None:
            continue
        if form and not re.fullmatch(form, str(given)):
            return f"a sample has not the form that it states ({direction})"
        try:
            result = function(given, _surroundings(direction))
        except Exception as error:  # a plug-in may raise anything
            return f"it fails on its own sample: {type(error).__name__} ({direction})"
        if result != expected and (direction == "to-eu" or converter.exact):
            return f"a sample becomes something else than it says ({direction})"
    return ""


def _surroundings(direction: str) -> Env:
    anything = re.compile(".*", re.DOTALL)
    latin = Latin(anything, {}, re.compile("(?!)"), ())
    context = Context(datetime(2026, 1, 1, tzinfo=UTC), seeded_ids("sample"))
    message = Message(Head("", "", ""), Group())
    return Env(context, message, direction, "", Account(), Shelf(latin, {}, {}))
