"""Our own rows written as a Schematron schema in XPath 2.0: to measure against, and to be refereed.

What ``bridge/rules/functions.py`` adds to XPath 1.0 is rewritten to what XPath 2.0 has. Where a
function of XPath 1.0 takes the first node of several, XPath 2.0 raises an error; only the arguments
of our own functions are made to take the first one. So the two sides agree on every document that
the schema allows, and may differ where an element is doubled.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from bridge.referee.expand import NAMESPACE
from bridge.rules.contexts import split_outside
from bridge.rules.functions import closing
from bridge.rules.table import Rule, RuleTable

_CALL: Final = re.compile(r"(?<![\w:.-])(in-list|lower|matches|later|distinct)\(")
_INSERTION: Final = re.compile(r"\$\{(\w+)\}")
_ATTRIBUTE_OWNER: Final = re.compile(r"^(@[\w:-]+)/\.\.$")
_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOMENT: Final = "(-?\\d{4}-\\d\\d-\\d\\d)$"


def compose(table: RuleTable, kind: str) -> bytes:
    """Give the rows of a kind of message that need only the message, as Schematron octets.

    Rows of one context share a rule, and every context is a pattern of its own: all are asked.
    ``id`` is the id of the row, ``role`` its severity in capitals, the message its English text.
    """
    schema = etree.Element(f"{{{NAMESPACE}}}schema", nsmap={"sch": NAMESPACE})
    schema.set("queryBinding", "xslt2")
    for prefix, uri in table.namespaces.items():
        if prefix != "xml":
            _sch(schema, "ns", prefix=prefix, uri=uri)
    rules = table.select(kind)
    for name in sorted(_lists_of(rules) & table.lists.keys()):
        codes = ", ".join(_literal(code) for code in sorted(table.lists[name]))
        _sch(schema, "let", name=f"list-{name}", value=f"({codes})")
    if table.unless:
        _sch(schema, "let", name="unless", value=f"boolean({xpath2(table.unless, table)})")
    by_context: dict[str, list[Rule]] = {}
    for rule in rules:
        by_context.setdefault(rule.context, []).append(rule)
    for context, rows in by_context.items():
        pattern = _sch(schema, "pattern")
        asked = _sch(pattern, "rule", context=_context(context, table))
        for row in rows:
            _assert(asked, row, table)
    return etree.tostring(schema, encoding="utf-8", pretty_print=True, xml_declaration=True)


def _assert(parent: etree._Element, row: Rule, table: RuleTable) -> None:
    test = xpath2(row.test, table)
    test = f"$unless or ({test})" if table.unless else test
    made = _sch(parent, "assert", id=row.id, role=str(row.severity).upper(), test=test)
    made.text = row.text["en"]


def _sch(parent: etree._Element, local: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{local}", attributes)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _lists_of(rules: tuple[Rule, ...]) -> set[str]:
    return {name for rule in rules for name in re.findall(r"'(\w+)'", rule.test)}


def _context(context: str, table: RuleTable) -> str:
    """Give the context as a pattern of XSLT: our roots only at the top, no step upwards."""
    parts = []
    for part in (each.strip() for each in split_outside(context, "|")):
        owner = _ATTRIBUTE_OWNER.match(part)
        first = re.split(r"[\[/]", part)[0]
        if owner:
            part = f"*[{owner.group(1)}]"
        elif first in table.roots:
            part = f"/{part}"
        parts.append(xpath2(part, table))
    return " | ".join(parts)


def xpath2(expression: str, table: RuleTable) -> str:
    """Give an expression of a row in XPath 2.0.

    ``in-list`` becomes a comparison with ``$list-Name``; the pattern of ``matches`` gets its codes.
    """

    def codes(match: re.Match[str]) -> str:
        return "|".join(sorted(re.escape(code) for code in table.lists[match.group(1)]))

    expression = _INSERTION.sub(codes, expression)
    # From the right, so that the arguments of a call are done when it is taken.
    for match in reversed(list(_CALL.finditer(expression))):
        if expression[: match.start()].count("'") % 2:
            continue
        end = closing(expression, match.end())
        arguments = [part.strip() for part in split_outside(expression[match.end() : end], ",")]
        made = _rewritten(match.group(1), arguments)
        expression = expression[: match.start()] + made + expression[end + 1 :]
    return expression


def _rewritten(name: str, arguments: list[str]) -> str:
    first = f"string(({arguments[0]})[1])"
    if name == "in-list":
        return f"({first} = $list-{arguments[1].strip(chr(39))})"
    if name == "lower":
        return f"translate({first}, '{_UPPER}', '{_UPPER.lower()}')"
    if name == "matches":
        return f"matches({', '.join((first, *arguments[1:]))})"
    if name == "later":
        return f"({_moment(arguments[0])} > {_moment(arguments[1])})"
    return f"(count({arguments[0]}) = count(distinct-values(({arguments[0]})/string(.))))"


def _moment(argument: str) -> str:
    """A date or dateTime as a dateTime; without a zone it counts as UTC; empty where it is none."""
    text = f"normalize-space(string(({argument})[1]))"
    text = f"replace({text}, '^{_MOMENT}', '$1T00:00:00')"
    return (
        f"(for $moment in {text} return if ($moment castable as xs:dateTime) "
        f"then adjust-dateTime-to-timezone(xs:dateTime($moment), "
        f"if (exists(timezone-from-dateTime(xs:dateTime($moment)))) "
        f"then timezone-from-dateTime(xs:dateTime($moment)) else xs:dayTimeDuration('PT0S')) "
        f"else ())"
    )
