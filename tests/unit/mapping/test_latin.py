"""Texts into String.Latin: the repertoire is that of the schema, the rest is brought in (NOOTS 3.3)."""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bridge.errors import MappingFault
from bridge.mapping.latin import load_latin
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import TABLES, national_version

LATIN = TABLES.latin
WRAPPER = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:l="{0}">
  <xs:import namespace="{0}" schemaLocation="{1}"/>
  <xs:element name="t" type="l:String.Latin"/>
</xs:schema>"""
# U+0009, U+000A and U+000D are in the repertoire, but a parser normalises what is written raw.
XML_CHARACTERS = st.characters(
    exclude_categories=("Cs",),
    exclude_characters="".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])),
)


@functools.cache
def schema() -> etree.XMLSchema:
    path = CATALOGUE.binding(national_version()).schema.parent / "xoev-latinchars.xsd"
    namespace = etree.parse(path).getroot().get("targetNamespace")
    return etree.XMLSchema(etree.XML(WRAPPER.format(namespace, path.as_uri())))


def allowed_by_schema(text: str) -> bool:
    element = etree.Element("t")
    element.text = text
    return bool(schema().validate(element))


def test_the_repertoire_is_that_of_the_schema_character_by_character() -> None:
    ours, theirs = [], []
    for code in [9, 10, 13, *range(0x20, 0xD800), *range(0xE000, 0xFFFE), *range(0x1F300, 0x1F310)]:
        if LATIN.allowed.fullmatch(chr(code)):
            ours.append(code)
        if allowed_by_schema(chr(code)):
            theirs.append(code)
    assert ours == theirs
    assert len(ours) > 400


def test_every_character_of_the_repertoire_passes_unchanged() -> None:
    for code in range(0x20, 0x2100):
        text = chr(code)
        if LATIN.allowed.fullmatch(text) and ord(text) not in LATIN.replace:
            nfc = unicodedata.normalize("NFC", text)
            assert LATIN.repair(text) == (nfc, False)


def test_no_character_of_the_repertoire_is_replaced() -> None:
    assert not [key for key in LATIN.replace if LATIN.allowed.fullmatch(chr(key))]


@given(st.text(XML_CHARACTERS, max_size=12))
def test_whatever_comes_the_result_is_in_the_repertoire_of_the_schema(text: str) -> None:
    repaired, changed = LATIN.repair(text)
    assert allowed_by_schema(repaired)
    assert changed or repaired == unicodedata.normalize("NFC", text).translate(LATIN.replace)
    assert LATIN.repair(repaired)[0] == repaired


@given(
    st.text(
        "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЬЮЯабвгдежзийклмнопрстуфхцчшщъьюя",
        min_size=1,
    )
)
def test_no_greek_or_bulgarian_letter_is_dropped(text: str) -> None:
    repaired, _changed = LATIN.repair(text)
    assert len(repaired) >= len(text) - text.count("ου") - text.count("ού") - text.upper().count(
        "ΜΠ"
    )
    assert repaired.isascii()


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Γεώργιος Παπαδόπουλος", "Georgios Papadopoulos"),
        ("Ελένη Αυγερινού", "Eleni Avgerinou"),
        ("Ευάγγελος", "Evangelos"),
        ("Ευτυχία", "Eftychia"),
        ("Μπάμπης", "Bampis"),
        ("Σφίγγα και Φάλαγξ", "Sfinga kai Falanx"),
        ("ΑΘΗΝΑ", "ATHINA"),
        ("Χανιά", "Chania"),
        ("Ψυχή", "Psychi"),
        ("Ζαΐμης", "Zaimis"),
        ("Георги Иванов", "Georgi Ivanov"),
        ("Жельо Щерев", "Zhelyo Shterev"),
        ("ЩЪРКЕЛ", "SHTARKEL"),
        ("Юлия Цанкова", "Yulia Tsankova"),
        ("Ђорђе", "Djordje"),
        ("Ŝtefan", "Stefan"),
        ("中 Mara", " Mara"),
    ],
)
def test_letters_outside_are_transliterated_and_that_is_told(text: str, latin: str) -> None:
    assert LATIN.repair(text) == (latin, True)


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("O’Neill – „Haus“…", 'O\'Neill - "Haus"...'),
        ("Bad\u00a0Homburg", "Bad Homburg"),
        ("Zusammen\u00adsetzung\u200b", "Zusammensetzung"),
        ("Mu\u0308ller", "Müller"),
        ("Łódź, Đurđević, ẞ €", "Łódź, Đurđević, ẞ €"),
        ("plain", "plain"),
    ],
)
def test_signs_are_replaced_and_that_is_no_loss(text: str, latin: str) -> None:
    assert LATIN.repair(text) == (latin, False)


@pytest.mark.parametrize(
    "text", ["", "[latin]\n", "[latin]\nallowed = 'zz'\nsequences = ''\n", "x ="]
)
def test_a_table_that_cannot_be_used_is_a_fault_with_its_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(
        MappingFault, match=r"is missing|lacks|cannot be used|not valid TOML"
    ) as caught:
        load_latin(path)
    assert caught.value.where == str(path)
