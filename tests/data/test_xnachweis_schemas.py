"""Our XNachweis 1.4 schemas say what the reference's tables say, and libxml2 can work with them."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from tests.data import noots_tables as noots
from tests.data.schema_structure import Structure, simple_types, structures
from tests.reference import REPOSITORY, reference

FOLDER = REPOSITORY / "xsd" / "xnachweis" / "1.4"
ENTRY = FOLDER / "xnachweis-de-noots.xsd"
BINDING: dict[str, Any] = tomllib.loads((FOLDER / "binding.toml").read_text(encoding="utf-8"))
MESSAGES = sorted(BINDING["messages"])
XS = "http://www.w3.org/2001/XMLSchema"

#: Rows of section 2.4 carry prose; this is what the prose asks for.
CODE_TYPE_WITH_TWO_FIXED = "Code.MessageType"

#: Lists whose values a business rule prints, by the rule that prints them.
LIST_RULES = {
    "AgentClassification": "urn-xoev-de-xnachweis-codeliste-agentclassification_2022-12",
    "CountryIdentificationCode": "urn-xoev-de-kosit-codeliste-country-codes_8",
    "ErrorCodes_NOOTS": "ip-errorcodes",
    "LanguageCode": "urn-xoev-de-xnachweis-codeliste-sprachen-iso-639-1_2023-12",
    "LoA": "urn-xoev-de-xnachweis-codeliste-loa_2022-12",
    "OOTSMediaTypes": "urn-xoev-de-xnachweis-codeliste-ootsmediatypes_2023-11",
    "Procedure": "urn-xoev-de-xnachweis-codeliste-procedures_2023-11",
    "ResponseStatusType": "urn-xoev-de-xnachweis-codeliste-responsestatustype_2023-10",
}


def ours() -> dict[str, Structure]:
    return structures(FOLDER, "x[no]*.xsd", noots.prefixes())


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(ENTRY))


@pytest.fixture(scope="module")
def explained() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(str(ENTRY))


def example() -> bytes:
    found = re.search(r"^## 11\. .*?```xml\n(.*?)```", noots.text(), re.S | re.M)
    assert found
    return found[1].encode()


def test_schemas_compile_with_libxml2_and_with_xmlschema(
    schema: etree.XMLSchema, explained: xmlschema.XMLSchema10
) -> None:
    assert explained.validity == "valid"


def test_every_message_is_declared_and_nothing_else(explained: xmlschema.XMLSchema10) -> None:
    assert sorted(e.local_name for e in explained.elements.values()) == MESSAGES
    assert len(MESSAGES) == 12


def test_example_of_the_reference_is_valid(
    schema: etree.XMLSchema, explained: xmlschema.XMLSchema10
) -> None:
    document = etree.fromstring(example())
    schema.assertValid(document)
    explained.validate(document)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "<code>High</code>", "<xn-bk:code>High</xn-bk:code>", id="code with namespace"
        ),
        pytest.param("xn-bk:IssueDateTime", "xn-de:IssueDateTime", id="inherited child in xn-de"),
        pytest.param("xnachweis_1.4.0<", "xnachweis_1.2.0<", id="other specification"),
        pytest.param(
            'messagetypes" listVersionID="1.4"',
            'messagetypes" listVersionID="1.2.0"',
            id="other list version",
        ),
        pytest.param('schemeID="eidas"', 'schemeID="eidas2"', id="other person scheme"),
        pytest.param("FR/DE/123123123", "FRDE123123123", id="person identifier out of pattern"),
        pytest.param("EAS:0009", "0009", id="agent scheme out of pattern"),
        pytest.param("sr.oots.tech.ec", "sr.acc.oots.tech.ec", id="acceptance host"),
        pytest.param('produkt="Bridge"', 'produkt="Мост"', id="Cyrillic in datatypeC"),
        pytest.param(">Lyon<", ">Λυών<", id="Greek in String.Latin"),
        pytest.param("0c6f4c7a1e01<", "0c6f4c7a1e01 <", id="blank after a UUID"),
    ],
)
def test_broken_example_is_refused(schema: etree.XMLSchema, old: str, new: str) -> None:
    text = example().decode()
    assert old in text
    assert not schema.validate(etree.fromstring(text.replace(old, new).encode()))


def test_empty_query_definition_takes_its_default(schema: etree.XMLSchema) -> None:
    assert schema.validate(etree.fromstring(example().replace(b">DocumentQuery<", b"><")))


# ---- the tables of the reference


def test_every_structure_of_the_reference_has_children_in_order_as_published() -> None:
    mine = ours()
    for name, table in noots.tables().items():
        children = [(c.path, c.namespace, c.occurs, c.type) for c in mine[name].children]
        wanted = [
            (r.path, r.namespace, r.occurs, "ref" if _referenced(table, r) else r.type)
            for r in table.rows
        ]
        assert children == wanted, name
    assert len(noots.tables()) == 45


def test_every_structure_of_the_reference_has_base_kind_and_attributes_as_published() -> None:
    mine = ours()
    for name, table in noots.tables().items():
        found = mine[name]
        assert (found.base, found.abstract) == (table.base, table.abstract), name
        if table.rows:
            assert found.group == ("choice" if table.kind == "choice" else "sequence"), name
        if name != "xn-bk:Nachricht":
            uses = {"1": "required", "0..1": "optional"}
            wanted = [(a.path, a.type, uses[a.occurs]) for a in table.attributes]
            assert list(found.attributes) == wanted, name


def test_no_structure_is_ours_alone() -> None:
    described = set(noots.tables())
    described |= {f"xn-bdt:{row[0].strip('`')}" for row in noots.table_after("| type | content |")}
    for name in set(ours()) - described:
        assert ":Code." in name, name


def test_root_attributes_are_those_of_the_base_message() -> None:
    wanted = [
        (row[0].strip("`"), "din91379:datatypeC", row[1])
        for row in noots.table_after("| attribute | use |")
    ]
    assert list(ours()["xn-bk:Nachricht"].attributes) == wanted


@pytest.mark.parametrize(
    ("element", "type_name"),
    [
        ("bn-g2g:leser", "bn-beh:BehoerdeType"),
        ("bn-g2g:autor", "bn-beh:BehoerdeType"),
        ("bn-kom:erreichbarkeit", "bn-kom:KommunikationType"),
    ],
)
def test_referenced_elements_have_their_types(
    explained: xmlschema.XMLSchema10, element: str, type_name: str
) -> None:
    by_prefix = {prefix: namespace for namespace, prefix in noots.prefixes().items()}

    def clark(name: str) -> str:
        prefix, local = name.split(":")
        return f"{{{by_prefix[prefix]}}}{local}"

    assert explained.maps.elements[clark(element)].type.name == clark(type_name)


def test_simple_types_have_base_and_pattern_as_published() -> None:
    mine = simple_types(FOLDER, "xnachweis-*.xsd", noots.prefixes())
    uuid = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    rows = noots.table_after("| type | base | facet |")
    assert sorted(mine) == sorted(f"xn-bdt:{row[0].strip('`')}" for row in rows)
    for name, base, facet in rows:
        wanted = base
        if pattern := re.match(r"pattern `([^`]*)`( \+ UUID pattern)?", facet):
            wanted += f" pattern {pattern[1]}" + (uuid if pattern[2] else "")
        if name == "`IDNrType`":
            wanted = wanted.replace(r"\d", "[0-9]")  # the table asks for it
        if name == "`messagetypes`":
            wanted += "".join(f" enumeration {m}" for m in BINDING["messages"])
        assert mine[f"xn-bdt:{name.strip('`')}"] == wanted


def test_code_types_fix_list_and_version_as_published() -> None:
    mine = ours()
    rows = noots.table_after("| type | `code` type |")
    assert len(rows) == 11
    for name, code, uri, version, *_ in rows:
        found = mine[f"xn-bdt:{name.strip('`')}"]
        assert found.base == "xoev-code:Code"
        assert [(c.path, c.namespace, c.type) for c in found.children] == [("code", "none", code)]
        list_uri, list_version = found.attributes
        assert list_uri == ("listURI", "xs:anyURI", _use(uri)), name
        assert list_version == ("listVersionID", "xs:normalizedString", _use(version)), name


def test_texts_with_attribute_are_as_published(schema: etree.XMLSchema) -> None:
    assert ours()["xn-bdt:Identifier.EAS"].attributes == (
        ("schemeID", "xn-bdt:SchemeID.EAS", "required"),
    )
    assert ours()["xn-bdt:Identifier.eIDAS"].attributes == (
        ("schemeID", "xn-bdt:SchemeID.eIDAS", "required fixed eidas"),
    )
    assert ours()["xn-bdt:Text.nonLatin"].attributes == (("nonLatin", "xs:string", "optional"),)


def _referenced(table: noots.Table, row: noots.Row) -> bool:
    return row.namespace not in ("none", table.name.partition(":")[0])


def _use(cell: str) -> str:
    use = "required" if "required" in cell else "optional"
    fixed = re.search(r"(?<!not )fixed `([^`]*)`", cell.partition(" (")[0])
    return f"{use} fixed {fixed[1]}" if fixed else use


# ---- characters


@pytest.fixture(scope="module")
def character_types() -> dict[str, etree.XMLSchema]:
    """One small schema a character type, with an element of that type."""
    by_prefix = {prefix: namespace for namespace, prefix in noots.prefixes().items()}
    files = {"din91379": "din-norm-91379-datatypes.xsd", "xoev-lc": "xoev-latinchars.xsd"}
    found = {}
    for name in noots.repertoires():
        prefix = name.partition(":")[0]
        probe = (
            f'<xs:schema xmlns:xs="{XS}" xmlns:{prefix}="{by_prefix[prefix]}">'
            f'<xs:import namespace="{by_prefix[prefix]}" schemaLocation="{files[prefix]}"/>'
            f'<xs:element name="t" type="{name}"/></xs:schema>'
        )
        root = etree.fromstring(probe, base_url=str(FOLDER / "probe.xsd"))
        found[name] = etree.XMLSchema(root)
    return found


def accepts(schema: etree.XMLSchema, value: str) -> bool:
    element = etree.Element("t")
    element.text = value
    return bool(schema.validate(element))


def test_character_types_accept_exactly_the_listed_single_characters(
    character_types: dict[str, etree.XMLSchema],
) -> None:
    in_xml = [*range(0x20, 0x2FFF), 0x9, 0xA, 0xD, 0xFB01, 0xFEFF, 0xFFFD, 0x1F600]
    for name, repertoire in noots.repertoires().items():
        schema = character_types[name]
        accepted = {c for c in in_xml if accepts(schema, chr(c))}
        assert accepted == set(repertoire.singles), name


def test_character_types_accept_exactly_the_listed_sequences(
    character_types: dict[str, etree.XMLSchema],
) -> None:
    for name, repertoire in noots.repertoires().items():
        schema = character_types[name]
        assert accepts(schema, "".join(sorted(repertoire.sequences))), name
        marks = sorted({s[1] for s in repertoire.sequences})
        bases = sorted({s[0] for s in repertoire.sequences} | set("AXax"))
        pairs = {base + mark for base in bases for mark in marks}
        listed = {s for s in repertoire.sequences if len(s) == 2}
        assert {p for p in pairs if accepts(schema, p)} == listed, name
        for sequence in repertoire.sequences - listed:
            assert accepts(schema, sequence) and not accepts(schema, sequence + "\u030b\u030b")


def test_listed_sequences_are_in_normal_form_c() -> None:
    for repertoire in noots.repertoires().values():
        for sequence in repertoire.sequences:
            assert unicodedata.normalize("NFC", sequence) == sequence


def test_long_texts_are_judged_without_running_away(
    character_types: dict[str, etree.XMLSchema],
) -> None:
    for name, repertoire in noots.repertoires().items():
        schema = character_types[name]
        rich = "".join(sorted(repertoire.sequences)) * 200
        assert accepts(schema, rich) and accepts(schema, "")
        assert not accepts(schema, rich + "\u0302\u0302")


# ---- code lists


def list_rows(name: str) -> list[dict[str, str]]:
    lines = (FOLDER / BINDING["lists"][name]["file"]).read_text("utf-8").splitlines()
    assert lines[0].startswith("# source: ")
    return list(csv.DictReader(line for line in lines if not line.startswith("# ")))


@pytest.mark.parametrize("name", sorted(BINDING["lists"]))
def test_code_list_names_its_source_and_has_each_code_once(name: str) -> None:
    codes = [row["code"] for row in list_rows(name)]
    assert len(codes) == len(set(codes))
    assert codes or BINDING["lists"][name]["closed"] is False
    assert all(row["code"] and row["name"] for row in list_rows(name))


@pytest.mark.parametrize("name", sorted(LIST_RULES))
def test_code_list_has_the_values_and_version_of_its_rule(name: str) -> None:
    path: Path = reference("spec/xnachweis-rules.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rules = {row["id"]: row for row in csv.DictReader(file)}
    rule = rules[LIST_RULES[name]]
    values = re.search(r"=\s*\(([^)]*)\)(?!.*\()", rule["test"])
    assert values
    assert {row["code"] for row in list_rows(name)} == set(re.findall("'([^']*)'", values[1]))
    if "_" in rule["id"]:
        assert rule["id"].rpartition("_")[2] == BINDING["lists"][name]["version"]


def test_message_type_list_has_the_messages() -> None:
    assert [row["code"] for row in list_rows("MessageType")] == list(BINDING["messages"])


@pytest.mark.parametrize("name", sorted(BINDING["lists"]))
def test_list_uri_of_the_binding_is_the_one_the_schema_fixes(name: str) -> None:
    mine = structures(FOLDER, "x[no]*.xsd", {**_namespaces(), XS: "xs"})
    (found,) = [s for key, s in mine.items() if key.endswith(f":Code.{name}")]
    fixed = [use.partition("fixed ")[2] for attribute, _, use in found.attributes]
    listed = BINDING["lists"][name]
    assert fixed[0] in ("", listed["uri"])
    assert fixed[1] in ("", listed["version"])


def _namespaces() -> dict[str, str]:
    """Prefix by namespace from our own files, so that this needs no reference."""
    found: dict[str, str] = {}
    for file in FOLDER.glob("*.xsd"):
        found |= {
            uri: prefix or "none" for prefix, uri in etree.parse(file).getroot().nsmap.items()
        }
    return found
