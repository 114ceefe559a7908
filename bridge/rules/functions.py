"""What the tests of rules may call beyond XPath 1.0 (EDM 9.5), and how it is brought to libxml2.

Two functions vanish when a rule is compiled, because XPath 1.0 can say them:

* ``in-list(x, 'Name')``: ``x`` is a code of the list. Becomes a search in one text of all codes;
  so does a node that is compared with many texts, as this is faster.
* ``lower(x)``: ASCII letters in lower case. Becomes ``translate``.

Three are registered, so every call of them costs a step into Python:

* ``matches(x, 'pattern', 'flags')``: the regular expressions of XPath 2.0, flag ``i`` or none.
  ``${Name}`` in a pattern stands for the codes of a list, joined as alternatives.
* ``later(x, moment)``: a date or dateTime lies after another one; false where one is none.
* ``distinct(nodes)``: no two of the nodes have the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

NAMESPACE: Final = "urn:x-bridge:rule-functions"
PREFIX: Final = "fn"
SEPARATOR: Final = "\x7f"
"""Stands around the codes of a list: one octet, so that a search through the list is short."""

_MACRO = re.compile(r"(?<![\w:.-])(in-list|lower)\(")
_REGISTERED = re.compile(r"(?<![\w:.-])(matches|later|distinct)\(")
_INSERTION = re.compile(r"\$\{(\w+)\}")
_LISTED = re.compile(r"^'(\w+)'$")
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_UNTRANSLATED = re.compile(r"\\[^.\-/\\|()\[\]{}*+?^$sSdn]|\(\?|(?<!\\)\$(?!$|\)|\|)")

_EITHER = re.compile(r"^(\.|@[\w:-]+) = '[^']+'(?: or \1 = '[^']+'){3,}$")
"""One node compared with several texts, each by its name."""
_NODE = re.compile(r"^(\.|@[\w:-]+)$")
_FEW: Final = 4

_CALL = re.compile(r"(?<![\w:$.-])([\w-]+)\(")
_PREFIX = re.compile(r"(?<![\w:$.-])([A-Za-z_][\w.-]*):(?=[\w*])")
_CORE: Final = """boolean ceiling comment concat contains count current false floor last local-name
name namespace-uri node normalize-space not number position processing-instruction round starts-with
string string-length substring substring-after substring-before sum text translate true
and or div mod in-list lower matches later distinct"""
_KNOWN: Final = frozenset(_CORE.split())

_MATCHES: Final = f"{PREFIX}:matches("
_FITS: Final = f"{PREFIX}:fits("
_QUOTED = re.compile(r"^'[^']*'$|^\"[^\"]*\"$")

Lists = Mapping[str, frozenset[str]]


def compiled(expression: str, lists: Lists) -> str:
    """Give an expression of a rule as libxml2 takes it.

    Raises ``ValueError`` for an unknown list, a macro without its end, or a pattern that the two
    dialects of regular expressions read differently.
    """
    for pattern, flags in _patterns(expression):
        translated(_inserted(pattern, lists), flags)
    expression = _EITHER.sub(_either, expression)
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


class Patterns:
    """The patterns of a set of rules by number, asked with one function.

    A call then hands over one text instead of three, and looks nothing up: a third of its time.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def numbered(self, expression: str) -> str:
        """Give a compiled expression with each ``matches`` of a known pattern by its number."""
        start = 0
        while (start := expression.find(_MATCHES, start)) >= 0:
            begin = start + len(_MATCHES)
            if expression.count("'", 0, start) % 2:  # the name of the function in a text
                start = begin
                continue
            end = closing(expression, begin)
            value, *rest = (part.strip() for part in _split(expression[begin:end]))
            if all(_QUOTED.match(each) for each in rest):
                pattern, flags = rest[0][1:-1], "".join(each[1:-1] for each in rest[1:])
                number = self._numbers.setdefault((pattern, flags), len(self._numbers))
                call = f"{_FITS}{value}, {number})"
                expression = expression[:start] + call + expression[end + 1 :]
            start += 1
        return expression

    def extension(self) -> dict[tuple[str, str], Callable[..., Any]]:
        """Give the function as lxml takes it."""
        searches = [translated(*each).search for each in self._numbers]

        def fits(_: Any, value: Any, number: float) -> bool:
            text = value if isinstance(value, str) else _text(value)
            return searches[int(number)](text) is not None

        return {(NAMESPACE, "fits"): fits}


def extensions() -> dict[tuple[str, str], Callable[..., Any]]:
    """Give the registered functions as lxml takes them."""
    return {
        (NAMESPACE, "matches"): _matches,
        (NAMESPACE, "later"): _later,
        (NAMESPACE, "distinct"): _distinct,
    }


def _patterns(expression: str) -> list[tuple[str, str]]:
    return re.findall(r"matches\([^,]+,\s*'([^']*)'(?:,\s*'([^']*)')?", expression)


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
        end = closing(expression, match.end())
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
    return _among(arguments[0], _likely_first(lists[name.group(1)], tuple(lists.values())))


def _either(match: re.Match[str]) -> str:
    codes = re.findall(r"= '([^']*)'", match.group())
    # Texts that hold the separator or a quote are left as they are; no rule has any.
    plain = not any(SEPARATOR in code or '"' in code for code in codes)
    return _among(match.group(1), codes) if plain else match.group()


def _among(value: str, codes: Sequence[str]) -> str:
    """One search through all codes; the value must not bring the separator itself.

    A node is compared with each of a few codes, and needs no marks where all are of one length:
    then what is found between two separators is a whole code. Both are faster.
    """
    lengths = {len(code) for code in codes}
    if _NODE.match(value) and 0 not in lengths and len(codes) <= _FEW:
        return f"({' or '.join(f'{value} = {_literal(code)}' for code in codes)})"
    mark = f"'{SEPARATOR}'"
    listed = _literal(SEPARATOR.join(("", *codes, "")))
    clean = f"not(contains({value}, {mark}))"
    if _NODE.match(value) and 0 not in lengths and len(lengths) == 1:
        length = lengths.pop()
        return f"(string-length({value}) = {length} and contains({listed}, {value}) and {clean})"
    return f"(contains({listed}, concat({mark}, {value}, {mark})) and {clean})"


@lru_cache(maxsize=64)
def _likely_first(codes: frozenset[str], lists: tuple[frozenset[str], ...]) -> tuple[str, ...]:
    # libxml2 searches from the front: what other lists know too (the countries of the network,
    # their languages) is met more often than the rest.
    known = {code: sum(code in other for other in lists) for code in codes}
    return tuple(sorted(known, key=lambda code: (-known[code], code)))


def _literal(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' in text:
        raise ValueError("a list holds codes with both kinds of quotes")
    return f'"{text}"'


def _lowered(arguments: list[str]) -> str:
    if len(arguments) != 1:
        raise ValueError("lower takes one value")
    return f"translate({arguments[0]}, '{_UPPER}', '{_LOWER}')"


def closing(expression: str, start: int) -> int:
    """Give the place of the bracket that closes the one before ``start``; quotes count.

    Raises ``ValueError`` where it is not closed.
    """
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
