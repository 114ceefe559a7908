"""Our own small Schematron compiler: ISO/IEC 19757-3 to an XSLT 3.0 stylesheet that writes SVRL.

Query bindings ``xslt``, ``xslt2``, ``xslt3``; under ``xslt`` (also what no binding means) XPath is
read in the backwards compatible mode of XSLT. Every pattern is a mode, every rule a template, and
of the rules of a pattern the first that matches a node is the one. A test that raises an error
ends in an element ``error`` of our namespace, not in the end of the run.

Not supported, and refused by name: ``pattern/@documents``, ``xsl:import``, foreign elements that
write files, evaluate texts or change the document, and what newer editions add.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from bridge.referee.assertion import Assertion, assertion_of, is_textual, is_xsl
from bridge.referee.expand import (
    FILE,
    NAMESPACE,
    OWN,
    XSL,
    Files,
    expanded,
    fault,
    file_of,
    name_of,
    renamed,
)

SVRL: Final = "http://purl.oclc.org/dsdl/svrl"
DEFAULT_PHASE: Final = "#DEFAULT"
ALL_PATTERNS: Final = "#ALL"

_XS: Final = "http://www.w3.org/2001/XMLSchema"
_ERR: Final = "http://www.w3.org/2005/xqt-errors"
_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_BINDINGS: Final = {
    "": "1", "xslt": "1", "xslt1": "1", "xslt2": "3", "xpath2": "3", "xslt3": "3",
    "xpath3": "3", "xpath31": "3",
}  # fmt: skip
_FOREIGN_TOP: Final = {
    "function", "key", "variable", "param", "decimal-format", "accumulator", "character-map",
}  # fmt: skip
_FORBIDDEN: Final = {
    "result-document", "evaluate", "source-document", "stream", "import", "include", "merge",
}  # fmt: skip
_KNOWN: Final = {
    "schema": {"title", "p", "ns", "let", "phase", "pattern", "diagnostics", "properties"},
    "pattern": {"title", "p", "let", "rule"},
    "rule": {"title", "p", "let", "assert", "report"},
    "phase": {"p", "let", "active"},
}
_UNSUPPORTED: Final = (("pattern", "documents"), ("rule", "visit-each"), ("phase", "from"))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A stylesheet for XSLT 3.0 and the assertions that its numbers mean."""

    stylesheet: bytes
    assertions: tuple[Assertion, ...]


def compile_schematron(
    octets: bytes,
    *,
    file: str = "",
    files: Files | None = None,
    base: str = "",
    phase: str = DEFAULT_PHASE,
    texts: bool = True,
) -> bytes:
    """Give the XSLT 3.0 stylesheet of a Schematron schema; its output is SVRL.

    ``file`` is the path of the schema in the artefacts and ``files`` gives the others that it
    includes; ``base`` is the URI of the folder of the artefacts, for ``document()``. Without
    ``texts`` the messages are left out and only number, id and place are written.

    Raises ``UnreadableDocument`` for a schema that cannot be worked with. Mistakes in its XPath
    come to light when the stylesheet is compiled.
    """
    return compiled(octets, file=file, files=files, base=base, phase=phase, texts=texts).stylesheet


def compiled(
    octets: bytes,
    *,
    file: str = "",
    files: Files | None = None,
    base: str = "",
    phase: str = DEFAULT_PHASE,
    texts: bool = True,
    leave_out: frozenset[int] = frozenset(),
    drop_empty: bool = False,
) -> Compiled:
    """Give the stylesheet with the list of assertions.

    ``leave_out`` are numbers of assertions not to compile. With ``drop_empty`` a rule that has none
    left goes too, with its context; without, it still keeps its nodes from later rules.
    """
    schema, prefixes = expanded(octets, file, files)
    return _Compiler(schema, prefixes, base, texts, leave_out, drop_empty).compile(phase)


class _Compiler:
    def __init__(
        self,
        schema: etree._Element,
        prefixes: dict[str, str],
        base: str,
        texts: bool,
        leave_out: frozenset[int],
        drop_empty: bool,
    ) -> None:
        self.schema = schema
        self.base = base
        self.texts = texts
        self.leave_out = leave_out
        self.drop_empty = drop_empty
        self.assertions: list[Assertion] = []
        binding = schema.get("queryBinding", "").lower()
        if binding not in _BINDINGS:
            raise fault("the query binding of the schema is not supported", schema)
        self.version = _BINDINGS[binding]
        declared = {
            each.get("prefix", ""): each.get("uri", "") for each in self.children(schema, "ns")
        }
        self.default = declared.pop("", "")
        self.prefixes = {"xs": _XS, **prefixes, **declared}

    def compile(self, phase: str) -> Compiled:
        self.check()
        names = {"xsl": XSL, "svrl": SVRL, "bridge-error": _ERR, "bridge": OWN}
        # A name of our own yields to the schema's: prefixes inside its expressions must stay.
        spaces = {**{k: v for k, v in names.items() if k not in self.prefixes}, **self.prefixes}
        spaces = {k: v for k, v in spaces.items() if k != "xml"}
        self.err = next(prefix for prefix, uri in spaces.items() if uri == _ERR)
        try:
            sheet = etree.Element(f"{{{XSL}}}stylesheet", nsmap=spaces)
        except ValueError:
            raise fault("a namespace is declared with no prefix or URI", self.schema) from None
        sheet.set("version", "3")
        sheet.set("exclude-result-prefixes", "#all")
        if self.default:
            sheet.set("xpath-default-namespace", self.default)
        _xsl(sheet, "output", method="xml", indent="no", **{"omit-xml-declaration": "yes"})
        active = self.active(phase)
        self.globals(sheet, phase, active)
        start = _xsl(sheet, "template", match="/")
        output = etree.SubElement(start, f"{{{SVRL}}}schematron-output")
        nothing = "text()|@*|comment()|processing-instruction()"
        _xsl(sheet, "template", match=nothing, mode="#all", priority="-10")
        for position, pattern in enumerate(self.patterns()):
            if pattern in active:
                mode = f"bridge-{position}"
                _xsl(output, "apply-templates", select="/", mode=mode)
                self.pattern(sheet, pattern, mode)
            else:
                self.count(pattern)
        return Compiled(etree.tostring(sheet, encoding="utf-8"), tuple(self.assertions))

    def children(self, element: etree._Element, name: str) -> Iterator[etree._Element]:
        return element.iterchildren(f"{{{NAMESPACE}}}{name}")

    def patterns(self) -> list[etree._Element]:
        return list(self.children(self.schema, "pattern"))

    def check(self) -> None:
        """Refuse what would otherwise be left out in silence."""
        for element in self.schema.iter("*"):
            name, parent = name_of(element), element.getparent()
            within = name_of(parent) if parent is not None else ""
            if name and within in _KNOWN and name not in _KNOWN[within]:
                raise fault(f"{name} is not supported in {within}", element)
            for owner, attribute in _UNSUPPORTED:
                if name == owner and element.get(attribute) is not None:
                    raise fault(f"the attribute {attribute} of {name} is not supported", element)
            namespace, _, local = element.tag[1:].partition("}")
            if namespace != XSL:
                continue
            top = within in {"schema", "pattern"}
            if local in _FORBIDDEN or (top and local not in _FOREIGN_TOP):
                raise fault(f"xsl:{local} is not supported here", element)

    def active(self, phase: str) -> list[etree._Element]:
        if phase == DEFAULT_PHASE:
            phase = self.schema.get("defaultPhase", ALL_PATTERNS)
        patterns = self.patterns()
        if phase == ALL_PATTERNS:
            return patterns
        chosen = self.phase(phase)
        if chosen is None:
            raise fault("the schema has no phase of that name", self.schema)
        wanted = {each.get("pattern") for each in self.children(chosen, "active")}
        return [pattern for pattern in patterns if pattern.get("id") in wanted]

    def phase(self, phase: str) -> etree._Element | None:
        if phase == DEFAULT_PHASE:
            phase = self.schema.get("defaultPhase", ALL_PATTERNS)
        return next((p for p in self.children(self.schema, "phase") if p.get("id") == phase), None)

    def globals(self, sheet: etree._Element, phase: str, active: list[etree._Element]) -> None:
        """Foreign elements and all variables but those of rules, which XSLT has as global ones."""
        chosen = self.phase(phase)
        owners = [self.schema, *([] if chosen is None else [chosen]), *active]
        taken: set[str] = set()
        for position, owner in enumerate(owners):
            lets = list(self.children(owner, "let"))
            clashing = {let.get("name", "") for let in lets} & taken
            if clashing:
                self.rename(owner, {name: f"{name}-bridge-{position}" for name in clashing})
            taken |= {let.get("name", "") for let in lets}
            for child in owner.iterchildren("*"):
                if name_of(child) == "let" or is_xsl(child):
                    self.variable_or_foreign(sheet, child)

    def rename(self, owner: etree._Element, names: dict[str, str]) -> None:
        for element in owner.iter("*"):
            for key, value in element.attrib.items():
                element.set(key, renamed(str(value), names))
        for let in self.children(owner, "let"):
            let.set("name", names.get(let.get("name", ""), let.get("name", "")))

    def variable_or_foreign(self, parent: etree._Element, child: etree._Element) -> None:
        if name_of(child) == "let":
            made = _xsl(parent, "variable", name=child.get("name", ""))
            if child.get("value") is not None:
                made.set("select", child.get("value", ""))
            else:
                made.text = child.text
                for each in child.iterchildren("*"):
                    made.append(self.foreign(each))
                    made[-1].tail = each.tail
            if child.get("as"):
                made.set("as", child.get("as", ""))
            self.versioned(made, child)
        else:
            parent.append(self.foreign(child))

    def foreign(self, child: etree._Element) -> etree._Element:
        # A copy of its own tail would be text in the middle of the stylesheet.
        copy = etree.fromstring(etree.tostring(child, with_tail=False))
        self.versioned(copy, child)
        for element in copy.iter("*"):
            if FILE in element.attrib:
                del element.attrib[FILE]
        return copy

    def versioned(self, made: etree._Element, source: etree._Element) -> None:
        """Say how the XPath of an instruction is meant: its version, and what URIs relate to."""
        if self.version != "3" and made.get("version") is None:
            made.set("version", self.version)
        if self.base:
            made.set(_BASE, self.base + file_of(source))

    def count(self, pattern: etree._Element) -> None:
        for rule in self.children(pattern, "rule"):
            for child in (c for c in rule.iterchildren("*") if name_of(c) in {"assert", "report"}):
                self.assertions.append(assertion_of(rule, child, len(self.assertions)))

    def pattern(self, sheet: etree._Element, pattern: etree._Element, mode: str) -> None:
        rules = list(self.children(pattern, "rule"))
        select = _walk([rule.get("context", "") for rule in rules])
        onward = _xsl(sheet, "template", match="*|/", mode=mode, priority="-5")
        _xsl(onward, "apply-templates", select=select, mode=mode)
        for position, rule in enumerate(rules):
            if not rule.get("context"):
                raise fault("the rule has no context", rule)
            template = _xsl(sheet, "template", match=rule.get("context", ""), mode=mode)
            template.set("priority", str(len(rules) - position))
            self.versioned(template, rule)
            first = len(self.assertions)
            self.rule(template, rule)
            if self.drop_empty and self.leave_out.issuperset(range(first, len(self.assertions))):
                sheet.remove(template)
            _xsl(template, "apply-templates", select=select, mode=mode)

    def rule(self, template: etree._Element, rule: etree._Element) -> None:
        own = [c for c in rule.iterchildren("*") if name_of(c) in {"assert", "report"}]
        lets = [c for c in rule.iterchildren("*") if name_of(c) == "let" or is_xsl(c)]
        first = len(self.assertions)
        body = _xsl(template, "try") if lets else template
        for child in rule.iterchildren("*"):
            if child in lets:
                self.variable_or_foreign(body, child)
            elif child in own:
                self.assertions.append(assertion_of(rule, child, len(self.assertions)))
                if self.assertions[-1].number not in self.leave_out:
                    self.asked(body, rule, child, self.assertions[-1])
        if lets:
            # A variable that raises an error takes all assertions of its rule with it.
            catch = _xsl(body, "catch", errors="*")
            for number in range(first, len(self.assertions)):
                self.error(catch, number)

    def asked(
        self,
        parent: etree._Element,
        rule: etree._Element,
        child: etree._Element,
        assertion: Assertion,
    ) -> None:
        if not assertion.test:
            raise fault("the assertion has no test", child)
        attempt = _xsl(parent, "try")
        choose = _xsl(attempt, "choose")
        when = _xsl(choose, "when", test=assertion.test)
        report = name_of(child) == "report"
        told = when if report else _xsl(choose, "otherwise")
        name = "successful-report" if report else "failed-assert"
        result = etree.SubElement(told, f"{{{SVRL}}}{name}")
        result.set(f"{{{OWN}}}number", str(assertion.number))
        result.set("location", "{path(.)}")
        for key in ("id", "role", "flag", "see"):
            if value := child.get(key):
                result.set(key, _plain(value))
        if self.texts:
            result.set("test", _plain(assertion.test))
            self.texts_of(result, child)
        self.error(_xsl(attempt, "catch", errors="*"), assertion.number)

    def error(self, catch: etree._Element, number: int) -> None:
        made = etree.SubElement(catch, f"{{{OWN}}}error", number=str(number))
        made.set("location", "{path(.)}")
        made.set("code", f"{{local-name-from-QName(${self.err}:code)}}")

    def texts_of(self, result: etree._Element, child: etree._Element) -> None:
        attempt = _xsl(result, "try")
        self.content(etree.SubElement(attempt, f"{{{SVRL}}}text"), child)
        for kind, reference in (("diagnostic", "diagnostics"), ("property", "properties")):
            for name in child.get(reference, "").split():
                found = self.by_id(kind, name)
                if found is None:
                    raise fault(f"the {kind} of an assertion is not there", child)
                made = etree.SubElement(attempt, f"{{{SVRL}}}{kind}-reference")
                made.set(kind, name)
                self.content(etree.SubElement(made, f"{{{SVRL}}}text"), found)
        # A message that raises an error does not undo the verdict.
        etree.SubElement(_xsl(attempt, "catch", errors="*"), f"{{{SVRL}}}text")

    def by_id(self, kind: str, name: str) -> etree._Element | None:
        found = self.schema.iter(f"{{{NAMESPACE}}}{kind}")
        return next((each for each in found if each.get("id") == name), None)

    def content(self, made: etree._Element, source: etree._Element) -> None:
        """The mixed content of a message, with its computed parts as instructions."""
        _text(made, source.text)
        for child in source.iterchildren("*"):
            name = name_of(child)
            if name == "value-of":
                _xsl(made, "value-of", select=child.get("select", ""))
            elif name == "name":
                _xsl(made, "value-of", select=f"name({child.get('path', '.')})")
            elif is_xsl(child):
                made.append(self.foreign(child))
            elif is_textual(child):
                self.content(made, child)
            else:
                raise fault(f"{name} is not supported in a message", child)
            _text(made, child.tail)


def _xsl(parent: etree._Element, local: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{XSL}}}{local}", attributes)


def _text(parent: etree._Element, text: str | None) -> None:
    if text:
        _xsl(parent, "text").text = text


def _plain(text: str) -> str:
    """Write a text where XSLT reads a template of an attribute value."""
    return text.replace("{", "{{").replace("}", "}}")


def _walk(contexts: list[str]) -> str:
    """Say which nodes a pattern must visit: attributes and texts only where a context may match."""
    text = " ".join(contexts)
    if re.search(r"\b(text|comment|processing-instruction|node)\s*\(", text):
        return "@*|node()"
    return "@*|*" if re.search(r"@|\battribute\b", text) else "*"
