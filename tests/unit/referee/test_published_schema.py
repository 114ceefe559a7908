"""A publisher's schemas: found by what they declare, resolved inside of the artefacts only."""

from __future__ import annotations

from lxml import etree

from bridge.referee.artefacts import Artefacts
from bridge.referee.published_schema import PublishedSchemas, SchemaVerdict

XS = "http://www.w3.org/2001/XMLSchema"


def xsd(namespace: str, body: str, *refer: str) -> bytes:
    target = f'targetNamespace="{namespace}" xmlns="{namespace}"' if namespace else ""
    return (
        f'<xs:schema xmlns:xs="{XS}" xmlns:o="urn:o" {target} elementFormDefault="qualified">'
        f"{''.join(refer)}{body}</xs:schema>"
    ).encode()


def imported(namespace: str, location: str = "") -> str:
    where = f' schemaLocation="{location}"' if location else ""
    return f'<xs:import namespace="{namespace}"{where}/>'


def included(location: str) -> str:
    return f'<xs:include schemaLocation="{location}"/>'


WHOLE = '<xs:element name="a" type="xs:integer"/>'
OTHER = '<xs:element name="b" type="xs:integer"/>'
OPEN = (
    '<xs:element name="a"><xs:complexType><xs:sequence>'
    '<xs:any processContents="lax" maxOccurs="9"/></xs:sequence></xs:complexType></xs:element>'
)
REFERRING = (
    '<xs:element name="a"><xs:complexType><xs:sequence><xs:element ref="o:b"/></xs:sequence>'
    "</xs:complexType></xs:element>"
)


def verdict(files: dict[str, bytes], document: str, version: str = "1.0") -> SchemaVerdict | None:
    return PublishedSchemas(Artefacts(files))(etree.fromstring(document), version)


def valid(files: dict[str, bytes], document: str, version: str = "1.0") -> bool | None:
    found = verdict(files, document, version)
    assert found is not None
    assert found.fault == ""
    return found.valid


def test_the_schema_that_declares_the_root_judges() -> None:
    files = {"a.xsd": xsd("urn:n", WHOLE), "o.xsd": xsd("urn:o", OTHER)}
    assert verdict(files, "<a xmlns='urn:n'>1</a>") == SchemaVerdict(True, "a.xsd")
    refused = verdict(files, "<b xmlns='urn:o'>x</b>")
    assert refused == SchemaVerdict(False, "o.xsd", "/*", "cvc-datatype-valid-1-2-1")


def test_nobody_judges_a_root_that_no_schema_declares() -> None:
    files = {"a.xsd": xsd("urn:n", WHOLE)}
    assert verdict(files, "<b xmlns='urn:n'/>") is None
    assert verdict(files, "<a/>") is None


def test_a_root_may_be_declared_in_an_included_file() -> None:
    files = {
        "sub/part.xsd": xsd("urn:n", WHOLE),
        "main.xsd": xsd("urn:n", "", included("sub/part.xsd")),
    }
    assert verdict(files, "<a xmlns='urn:n'>1</a>") == SchemaVerdict(True, "main.xsd")


def test_an_included_file_without_namespace_takes_that_of_its_reader() -> None:
    files = {"part.xsd": xsd("", WHOLE), "main.xsd": xsd("urn:n", "", included("part.xsd"))}
    assert valid(files, "<a xmlns='urn:n'>1</a>") is True


def test_what_a_wildcard_lets_in_is_judged_by_its_own_schema() -> None:
    files = {"a.xsd": xsd("urn:n", OPEN), "o.xsd": xsd("urn:o", OTHER)}
    assert valid(files, "<a xmlns='urn:n'><b xmlns='urn:o'>1</b></a>") is True
    assert valid(files, "<a xmlns='urn:n'><b xmlns='urn:o'>x</b></a>") is False


RESOLVED = {
    "by its path": "../other/o.xsd",
    "by its name, where the address is on the network": "http://localhost:1/schemas/o.xsd",
    "by its namespace, where there is no location": "",
    "by its namespace, where the location leads nowhere": "gone/elsewhere.xsd",
    "by its namespace, where the location leads out": "../../../../etc/o.xsd",
}


def test_an_import_is_resolved_among_the_artefacts() -> None:
    for how, location in RESOLVED.items():
        files = {
            "main/a.xsd": xsd("urn:n", REFERRING, imported("urn:o", location)),
            "other/o.xsd": xsd("urn:o", OTHER),
        }
        assert valid(files, "<a xmlns='urn:n'><b xmlns='urn:o'>1</b></a>") is True, how
        assert valid(files, "<a xmlns='urn:n'><b xmlns='urn:o'>x</b></a>") is False, how


def test_an_import_that_is_not_there_is_told_and_nothing_is_judged() -> None:
    files = {"a.xsd": xsd("urn:n", REFERRING, imported("urn:o", "http://localhost:1/o.xsd"))}
    found = verdict(files, "<a xmlns='urn:n'/>")
    assert found is not None
    assert found.valid is None
    assert found.fault == "the schema cannot be compiled (a.xsd, line 1)"


def test_a_spare_schema_serves_where_the_publisher_has_none() -> None:
    files = {"a.xsd": xsd("urn:n", REFERRING, imported("urn:o"))}
    spare = {"o.xsd": xsd("urn:o", OTHER)}
    judge = PublishedSchemas(Artefacts(files), spare)
    document = etree.fromstring("<a xmlns='urn:n'><b xmlns='urn:o'>x</b></a>")
    assert judge(document, "1.0") == SchemaVerdict(
        False, "a.xsd", "/*/*", "cvc-datatype-valid-1-2-1"
    )
    shipped = {**files, "o.xsd": xsd("urn:o", '<xs:element name="b"/>')}
    assert PublishedSchemas(Artefacts(shipped), spare)(document, "1.0") == SchemaVerdict(
        True, "a.xsd"
    )


def test_of_several_versions_the_one_that_the_message_names_judges() -> None:
    text = '<xs:element name="a" type="xs:string"/>'
    files = {"n-1.0.0.xsd": xsd("urn:n", WHOLE), "n-1.1.0.xsd": xsd("urn:n", text)}
    document = "<a xmlns='urn:n'>x</a>"
    assert valid(files, document, "1.0") is False
    assert valid(files, document, "1.1") is True
    assert verdict(files, document, "9.9") == SchemaVerdict(True, "n-1.1.0.xsd")


def test_a_broken_schema_is_told_and_the_others_are_used() -> None:
    files = {
        "a.xsd": xsd("urn:n", WHOLE),
        "broken.xsd": b"<xs:schema",
        "dtd.xsd": b"<!DOCTYPE x><x/>",
    }
    judge = PublishedSchemas(Artefacts(files))
    assert [each.where for each in judge.faults] == ["broken.xsd", "dtd.xsd"]
    assert judge(etree.fromstring("<a xmlns='urn:n'>1</a>"), "1.0") == SchemaVerdict(True, "a.xsd")


def test_a_verdict_never_quotes_a_value() -> None:
    found = verdict({"a.xsd": xsd("urn:n", WHOLE)}, "<a xmlns='urn:n'>SECRET</a>")
    assert "SECRET" not in repr(found)


ASSERTED = (
    '<xs:element name="a"><xs:complexType><xs:sequence><xs:element ref="o:b"/></xs:sequence>'
    '<xs:assert test="o:b mod 2 = 0" xpathDefaultNamespace="##targetNamespace"/>'
    "</xs:complexType></xs:element>"
)
NEWER = {
    "main/a.xsd": xsd("urn:n", ASSERTED, imported("urn:o", "../other/o.xsd")),
    "other/o.xsd": xsd("urn:o", OTHER),
}


def test_a_schema_of_xml_schema_1_1_judges_by_its_assertions() -> None:
    document = "<a xmlns='urn:n'><b xmlns='urn:o'>{}</b></a>"
    assert valid(NEWER, document.format(2)) is True
    assert valid(NEWER, document.format(3)) is False
    refused = verdict(NEWER, document.format("SECRET"))
    assert refused is not None
    assert (refused.valid, refused.file) == (False, "main/a.xsd")
    assert "SECRET" not in repr(refused)


def test_a_schema_of_xml_schema_1_1_that_does_not_compile_is_told() -> None:
    files = {"main/a.xsd": xsd("urn:n", ASSERTED, imported("urn:o"))}
    found = verdict(files, "<a xmlns='urn:n'/>")
    assert found is not None
    assert (found.valid, found.fault) == (
        None,
        "the schema cannot be compiled (main/a.xsd, as XML Schema 1.1)",
    )
