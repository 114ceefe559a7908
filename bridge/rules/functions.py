"""What the tests of rules may call beyond XPath 1.0 (EDM 9.5), and how it is brought to libxml2.

Two functions vanish when a rule is compiled, because XPath 1.0 can say them:

* ``in-list(x, 'Name')``: ``x`` is a code of the list. Becomes a search in one text of all codes.
* ``lower(x)``: ASCII letters in lower case. Becomes ``translate``.

Three are registered, so every call of them costs a step into Python:

* ``matches(x, 'pattern', 'flags')``: the regular expressions of XPath 2.0, flag ``i`` or none.
  ``${Name}`` in a pattern stands for the codes of a list, joined as alternatives.
* ``later(x, moment)``: a date or dateTime lies after another one; false where one is none.
* ``distinct(nodes)``: no two of the nodes have the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

NAMESPACE: Final = "urn:x-bridge:rule-functions"
PREFIX: Final = "fn"
SEPARATOR: Final = "\ufdd0"
"""Stands between the codes of a list: a noncharacter, which no text for interchange has."""

_MACRO = re.compile(r"(?<![\w:.-])(in-list|lower)\(")
_REGISTERED = re.compile(r"(?<![\w:.-])(matches|later|distinct)\(")
_INSERTION = re.compile(r"\$\{(\w+)\}")
_LISTED = re.compile(r"^'(\w+)'$")
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_UNTRANSLATED = re.compile(r"\\[^.\-/\\|()\[\]{}*+?^$sSdn]|\(\?|(?<!\\)\$(?!$|\)|\|)")

_CALL = re.compile(r"(?<![\w:$.-])([\w-]+)\(")
_PREFIX = re.compile(r"(?<![\w:$.-])([A-Za-z_][\w.-]*):(?=[\w*])")
_CORE: Final = """boolean ceiling comment concat contains count current false floor last local-name
name namespace-uri node normalize-space not number position processing-instruction round starts-with
string string-length substring substring-after substring-before sum text translate true
and or div mod in-list lower matches later distinct"""
_KNOWN: Final = frozenset(_CORE.split())

Lists = Mapping[str, frozenset[str]]


def compiled(expression: str, lists: Lists) -> str:
    """Give an expression of a rule as libxml2 takes it.

    Raises ``ValueError`` for an unknown list, a macro without its end, or a pattern that the two
    dialects of regular expressions read differently.
    """
    for pattern in _patterns(expression):
        translated(_inserted(pattern, lists), "")
    expression = _expanded(_inserted(expression, lists), lists)
    return _outside_texts(expression, lambda part: _REGISTERED.sub(rf"{PREFIX}:\1(", part))


def complaint(expression: str, prefixes: Collection[str]) -> str:
    """Say what libxml2 would stumble over only when it gets there; empty if nothing."""
    code = " ".join(re.split(r"'[^']*'|\"[^\"]*\"", expression))
    for call in _CALL.findall(code):
        if call not in _KNOWN:
            return f"there is no function {call}"
    for prefix in _PREFIX.findall(code):
        if prefix not in prefixes and prefix != "xml":
            return f"the prefix {prefix} is not declared"
    return ""


def variables(lists: Lists) -> dict[str, str]:
    """Give the texts that ``in-list`` searches, by the names that compiled expressions use."""
    joined = {name: SEPARATOR.join(("", *sorted(codes), "")) for name, codes in lists.items()}
    return {f"list-{name}": text for name, text in joined.items()}


def extensions() -> dict[tuple[str, str], Callable[..., Any]]:
    """Give the registered functions as lxml takes them."""
    return {
        (NAMESPACE, "matches"): _matches,
        (NAMESPACE, "later"): _later,
        (NAMESPACE, "distinct"): _distinct,
    }


def _patterns(expression: str) -> list[str]:
    return re.findall(r"matches\([^,]+,\s*'([^']*)'", expression)


def _inserted(text: str, lists: Lists) -> str:
    def codes(match: re.Match[str]) -> str:
        if match.group(1) not in lists:
            raise ValueError(f"there is no code list {match.group(1)}")
        return "|".join(sorted(re.escape(code) for code in lists[match.group(1)]))

    return _INSERTION.sub(codes, text)


def _outside_texts(expression: str, change: Callable[[str], str]) -> str:
    """Apply a change to what stands outside the quoted texts of an expression."""
    parts = re.split(r"('[^']*'|\"[^\"]*\")", expression)
    return "".join(part if index % 2 else change(part) for index, part in enumerate(parts))


def _expanded(expression: str, lists: Lists) -> str:
    # From the right, so that the argument of a macro is free of macros when it is taken.
    found = [match for match in _MACRO.finditer(expression) if not _in_text(expression, match)]
    for match in reversed(found):
        end = _closing(expression, match.end())
        arguments = [part.strip() for part in _split(expression[match.end() : end])]
        made = _in_list(arguments, lists) if match.group(1) == "in-list" else _lowered(arguments)
        expression = expression[: match.start()] + made + expression[end + 1 :]
    return expression


def _in_text(expression: str, match: re.Match[str]) -> bool:
    before = expression[: match.start()]
    return before.count("'") % 2 == 1


def _in_list(arguments: list[str], lists: Lists) -> str:
    name = _LISTED.match(arguments[1]) if len(arguments) == 2 else None
    if name is None:
        raise ValueError("in-list takes a value and the name of a list in quotes")
    if name.group(1) not in lists:
        raise ValueError(f"there is no code list {name.group(1)}")
    value, codes = arguments[0], f"$list-{name.group(1)}"
    mark = f"'{SEPARATOR}'"
    return (
        f"(contains({codes}, concat({mark}, {value}, {mark})) and not(contains({value}, {mark})))"
    )


def _lowered(arguments: list[str]) -> str:
    if len(arguments) != 1:
        raise ValueError("lower takes one value")
    return f"translate({arguments[0]}, '{_UPPER}', '{_LOWER}')"


def _closing(expression: str, start: int) -> int:
    depth, quote = 0, ""
    for index in range(start, len(expression)):
        sign = expression[index]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign == "(":
            depth += 1
        elif sign == ")":
            if depth == 0:
                return index
            depth -= 1
    raise ValueError("a bracket is not closed")


def _split(arguments: str) -> list[str]:
    parts, depth, quote, current = [], 0, "", ""
    for sign in arguments:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        if sign == "," and not depth and not quote:
            parts.append(current)
            current = ""
        else:
            current += sign
    return [*parts, current]


@lru_cache(maxsize=1024)
def translated(pattern: str, flags: str) -> re.Pattern[str]:
    r"""Give a regular expression of XPath 2.0 in Python's dialect.

    ``$`` is only the very end there, ``\s`` only the four blanks of XML, ``\d`` any Unicode digit
    in both. Raises ``ValueError`` for what is not used by rules and not looked into.
    """
    if flags not in ("", "i"):
        raise ValueError(f"the flags '{flags}' are not known")
    if _UNTRANSLATED.search(pattern):
        raise ValueError(f"the pattern {pattern} uses what is not translated")
    text = re.sub(r"(?<!\\)\$", r"\\Z", pattern)
    text = text.replace(r"\S", r"[^ \t\n\r]").replace(r"\s", r"[ \t\n\r]")
    return re.compile(text, re.IGNORECASE if flags else 0)


def _matches(_: Any, value: Any, pattern: str, flags: str = "") -> bool:
    return translated(pattern, flags).search(_text(value)) is not None


def _later(_: Any, value: Any, moment: Any) -> bool:
    one, other = _moment(_text(value)), _moment(_text(moment))
    return one is not None and other is not None and one > other


def _distinct(_: Any, nodes: Any) -> bool:
    texts = [_text(node) for node in nodes]
    return len(set(texts)) == len(texts)


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, str):
        return value
    return "".join(value.itertext()) if hasattr(value, "itertext") else str(value)


def _moment(text: str) -> datetime | None:
    """Read an ISO date or dateTime; without a zone it counts as UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
