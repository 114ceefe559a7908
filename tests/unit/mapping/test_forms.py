"""The forms of single values, as a schema says them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import BindingFault
from bridge.mapping.forms import Form, Forms
from tests.fixture_files import CATALOGUE

PAYLOADS = [s for s in CATALOGUE.standards if not s.startswith(("edm-", "xnachweis-"))]
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
{}
</xs:schema>"""
COMMON = SCHEMA.format(
    """<xs:simpleType name="Short"><xs:restriction base="xs:token"><xs:maxLength value="9"/></xs:restriction></xs:simpleType>
    <xs:element name="shared" type="t:Short"/>"""
)
MAIN = SCHEMA.format(
    """<xs:include schemaLocation="common.xsd"/>
    <xs:element name="root"><xs:complexType><xs:complexContent><xs:extension base="t:Base"><xs:sequence>
      <xs:choice><xs:element name="a" type="t:Shorter"/><xs:element ref="t:shared"/></xs:choice>
      <xs:element name="n"><xs:simpleType><xs:restriction base="xs:decimal">
        <xs:minInclusive value="1"/><xs:maxExclusive value="9"/><xs:fractionDigits value="2"/>
      </xs:restriction></xs:simpleType></xs:element>
      <xs:element name="loop" type="t:Loop"/>
    </xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:element>
    <xs:complexType name="Base"><xs:sequence><xs:element name="first" type="xs:date"/></xs:sequence></xs:complexType>
    <xs:complexType name="Loop"><xs:sequence><xs:element name="loop" type="t:Loop" minOccurs="0"/></xs:sequence></xs:complexType>
    <xs:simpleType name="Shorter"><xs:restriction base="t:Short">
      <xs:pattern value="[a-z]+"/><xs:pattern value="[0-9]+"/><xs:minLength value="2"/>
    </xs:restriction></xs:simpleType>"""
)


@pytest.fixture
def forms(tmp_path: Path) -> Forms:
    (tmp_path / "common.xsd").write_text(COMMON, "utf-8")
    (tmp_path / "main.xsd").write_text(MAIN, "utf-8")
    return Forms(tmp_path / "main.xsd")


def test_facets_of_all_steps_of_a_type_hold(forms: Forms) -> None:
    root = forms.root("{urn:t}root")
    declared = forms._declared(root.children["{urn:t}a"])
    assert declared.form == Form("token", ("[a-z]+|[0-9]+",), (), 2, 9)


def test_inherited_shared_and_local_elements_are_found(forms: Forms) -> None:
    root = forms.root("{urn:t}root")
    assert list(root.children) == [f"{{urn:t}}{n}" for n in ("first", "a", "shared", "n", "loop")]
    assert forms._declared(root.children["{urn:t}first"]).form == Form("date")
    assert forms._declared(root.children["{urn:t}shared"]).form.most == 9
    number = forms._declared(root.children["{urn:t}n"]).form
    assert (number.low, number.under, number.fraction) == ("1", "9", "2")


def test_a_type_may_hold_itself(forms: Forms) -> None:
    loop = forms._declared(forms.root("{urn:t}root").children["{urn:t}loop"])
    assert forms._declared(loop.children["{urn:t}loop"]).children


def test_an_unknown_root_is_told(forms: Forms) -> None:
    with pytest.raises(BindingFault, match="has no element"):
        forms.root("{urn:t}other")


@pytest.mark.parametrize("standard", PAYLOADS)
def test_every_leaf_of_a_shipped_data_model_has_a_form(standard: str) -> None:
    binding = CATALOGUE.binding(standard)
    forms = Forms(binding.schema)
    for kind in binding.messages.values():
        for path, field in kind.shape.leaf_paths():
            form = forms.at(kind, path.replace("[]", ""))
            assert form is not None, path
            assert form != Form(), path
            codes = getattr(field.of, "codes", frozenset())
            assert set(form.values) == codes or not codes, path
