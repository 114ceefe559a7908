"""Rows that need more than the message: a second document, the time, the environment.

They are few and asked seldom, so each is an XPath of its own with the rest as variables
(``$request``, ``$payload``, ``$now``, ``$environment``); ``current()`` is the node under test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from bridge.errors import DataFileFault
from bridge.rules import functions
from bridge.rules.contexts import split_outside
from bridge.rules.engine import Broken, compiled_test
from bridge.rules.table import Rule, RuleTable

_CURRENT: Final = re.compile(r"(?<![\w:.-])current\(\)")

Variable = str | etree._Element


class PairRules:
    """The rows of a kind of message that need one variable; calling them judges a tree."""

    def __init__(self, table: RuleTable, kind: str, needs: str) -> None:
        self.needs = needs
        self._rows = [
            (rule, _xpath(table, rule, _anywhere(rule)), _xpath(table, rule, _test(table, rule)))
            for rule in table.select(kind, needs)
        ]

    def __call__(self, root: etree._Element, beside: Variable) -> tuple[Broken, ...]:
        """Give what is broken beside the second document (its root), time or address."""
        value: Any = [beside] if isinstance(beside, etree._Element) else beside
        variables: Mapping[str, Any] = {self.needs: value}
        broken = []
        for rule, context, test in self._rows:
            nodes: Any = context(root, **variables)
            for node in nodes:
                element, attribute = _place(node)
                # The test of an attribute is asked at its element: libxml2 starts from elements.
                if not test(element, **variables, current=[element]):
                    broken.append(Broken(rule, element, attribute))
        return tuple(broken)


def _anywhere(rule: Rule) -> str:
    parts = (part.strip() for part in split_outside(rule.context, "|"))
    return " | ".join(part if part.startswith("/") else f"//{part}" for part in parts)


def _test(table: RuleTable, rule: Rule) -> str:
    return f"boolean({_CURRENT.sub('$current', compiled_test(rule, table))})"


def _xpath(table: RuleTable, rule: Rule, expression: str) -> etree.XPath:
    namespaces = {prefix: uri for prefix, uri in table.namespaces.items() if prefix != "xml"}
    namespaces[functions.PREFIX] = functions.NAMESPACE
    try:
        return etree.XPath(expression, namespaces=namespaces, extensions=functions.extensions())
    except etree.XPathSyntaxError as error:
        what = f"rule {rule.id} does not compile: {error}"
        raise DataFileFault(what, where=rule.file, line=rule.line, code="RULES") from error


def _place(node: Any) -> tuple[etree._Element, str]:
    if isinstance(node, etree._Element):
        return node, ""
    return node.getparent(), str(node.attrname or "")
