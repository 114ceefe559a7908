"""Small Schematron schemata for tests, and what SaxonC makes of them."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from bridge.referee.expand import OWN
from bridge.referee.saxon import compile_stylesheet
from bridge.referee.schematron import SVRL, compile_schematron

SCH = "http://purl.oclc.org/dsdl/schematron"
XSL = "http://www.w3.org/1999/XSL/Transform"


def schema(body: str, binding: str = "xslt2", attributes: str = "") -> bytes:
    """A schema with the prefixes that tests use; `sch:` is not needed in the body."""
    query = f' queryBinding="{binding}"' if binding else ""
    return (
        f'<schema xmlns="{SCH}" xmlns:xsl="{XSL}" xmlns:html="urn:html"{query} {attributes}>{body}'
        "</schema>"
    ).encode()


def rule(context: str, *inner: str) -> str:
    """A pattern of one rule."""
    return f'<pattern><rule context="{context}">{"".join(inner)}</rule></pattern>'


def failing(rule_id: str, test: str = "false()", text: str = "text") -> str:
    """An assertion."""
    return f'<assert id="{rule_id}" test="{test}">{text}</assert>'


@dataclass(frozen=True)
class Told:
    """One thing in the output: the id, or the code of an error; its place; its text."""

    what: str
    place: str
    text: str
    references: tuple[str, ...] = ()


def told(octets: bytes, document: str, **options: object) -> list[Told]:
    """All that a schema says of a document."""
    sheet = compile_schematron(octets, **options)  # type: ignore[arg-type]
    output = etree.fromstring(compile_stylesheet(sheet)(document.encode()).encode())
    assert output.tag == f"{{{SVRL}}}schematron-output"
    return [
        Told(
            each.get("code" if each.tag == f"{{{OWN}}}error" else "id", ""),
            each.get("location", ""),
            each.findtext(f"{{{SVRL}}}text", ""),
            tuple(text.text or "" for text in each.iterfind(f"*/{{{SVRL}}}text")),
        )
        for each in output
    ]


def fired(octets: bytes, document: str, **options: object) -> list[str]:
    """The ids that fire, in order."""
    return sorted(each.what for each in told(octets, document, **options))
