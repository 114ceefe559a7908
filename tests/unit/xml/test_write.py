"""The writer is strict: it writes canonical octets or says every path that is wrong."""

from __future__ import annotations

from textwrap import dedent

import pytest
from lxml import etree

from bridge.errors import IncompleteMessage
from bridge.message import group
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

BINDING = """
[standard]
family = "play"
version = "1"
schema = "play.xsd"
[namespaces]
p = "urn:play"
q = "urn:other"
rim = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
xsi = "http://www.w3.org/2001/XMLSchema-instance"
[lists.Colour]
file = "colours.csv"
[lists.Size]
file = "colours.csv"
uri = "urn:list:size"
version = "7 & up"
[types.Note]
fields = [
  { name = "value", text = true, is = "string" },
  { name = "by", attribute = "by", is = "string", occurs = "0..1" },
]
[types.Empty]
fields = [ { name = "inner", element = "p:inner", occurs = "0..1" } ]
[types.Wrapped]
fields = [
  { name = "fixed", attribute = "fixed", constant = "yes" },
  { name = "deep", element = "q:deep", occurs = "0..1" },
]
[messages.Play]
root = "p:play"
fields = [
  { name = "id", attribute = "id", is = "token" },
  { name = "hint", attribute = "hint", is = "string", occurs = "0..1" },
  { name = "version", attribute = "version", constant = "1" },
  { name = "number", element = "p:number", is = "integer" },
  { name = "truth", element = "p:truth", is = "boolean", occurs = "0..1" },
  { name = "file", element = "p:file", is = "base64", occurs = "0..1" },
  { name = "note", element = "p:note", is = "Note", occurs = "0..n" },
  { name = "two", element = "p:two", is = "token", occurs = "2..n" },
  { name = "standard", element = "p:standard", constant = "PLAY & CO" },
  { name = "left", element = "p:left", choice = "side" },
  { name = "right", element = "p:right", choice = "side" },
  { name = "up", element = "p:up", choice = "height", occurs = "0..1" },
  { name = "down", element = "p:down", choice = "height", occurs = "0..1" },
  { name = "empty", element = "p:empty", is = "Empty", occurs = "0..1" },
  { name = "colour", element = "p:colour", is = "code:Colour", occurs = "0..1" },
  { name = "size", element = "p:size", is = "code:Size", occurs = "0..1" },
  { element = "p:wrapped", inline = "Wrapped", occurs = "0..1" },
  { name = "slot", slot = "Slot", value = "collection", holds = "p:held", is = "Note", occurs = "0..n" },
]
"""
LEAST = {"id": "a", "number": 1, "two": ["x", "y"], "left": "l"}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    root = tmp_path_factory.mktemp("xsd")
    folder = root / "play" / "1"
    folder.mkdir(parents=True)
    (folder / "binding.toml").write_text(BINDING, "utf-8")
    (folder / "play.xsd").write_text("<x/>", "utf-8")
    (folder / "colours.csv").write_text("# source: play\ncode\nred\nblue\n", "utf-8")
    return Catalogue(root)


def write(catalogue: Catalogue, **fields: object) -> str:
    given = {name: value for name, value in {**LEAST, **fields}.items() if value is not None}
    return catalogue.write(catalogue.message("play-1", "Play", group(given))).decode("utf-8")


def read(catalogue: Catalogue, text: str):
    return catalogue.read(parse(text.encode("utf-8"))).message.fields


def problems(catalogue: Catalogue, **fields: object) -> tuple[str, ...]:
    with pytest.raises(IncompleteMessage) as caught:
        write(catalogue, **fields)
    return caught.value.problems


def test_the_document_is_indented_declared_and_in_the_order_of_the_binding(
    catalogue: Catalogue,
) -> None:
    namespaces = (
        'xmlns:p="urn:play" xmlns:q="urn:other" '
        'xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )
    assert write(catalogue) == dedent(f"""\
        <?xml version="1.0" encoding="UTF-8"?>
        <p:play {namespaces} id="a" version="1">
          <p:number>1</p:number>
          <p:two>x</p:two>
          <p:two>y</p:two>
          <p:standard>PLAY &amp; CO</p:standard>
          <p:left>l</p:left>
        </p:play>
        """)


def test_the_order_of_the_fields_given_does_not_matter(catalogue: Catalogue) -> None:
    backwards = group(dict(reversed(LEAST.items())))
    message = catalogue.message("play-1", "Play", backwards)
    assert catalogue.write(message).decode() == write(catalogue)


REFUSED = {
    "missing element": ({"number": None}, "number is missing"),
    "missing attribute": ({"id": None}, "id is missing"),
    "missing list": ({"two": None}, "two is missing"),
    "list too short": ({"two": ["x"]}, "two occurs 1 times"),
    "no list": ({"two": "xy"}, "two must be a list"),
    "list where one is meant": ({"number": [1]}, "number is not of kind integer"),
    "unknown": ({"nummer": 1}, "nummer is unknown"),
    "unknown inside": ({"note": [{"value": "x", "von": "y"}]}, "note[1]/von is unknown"),
    "missing inside": ({"note": [{"value": "x"}, {"by": "y"}]}, "note[2]/value is missing"),
    "leaf where a group is meant": ({"empty": "x"}, "empty must be a group of fields"),
    "group where a leaf is meant": ({"number": {}}, "number is not of kind integer"),
    "text for a number": ({"number": "1"}, "number is not of kind integer"),
    "truth value for a number": ({"number": True}, "number is not of kind integer"),
    "number for a truth value": ({"truth": 1}, "truth is not of kind boolean"),
    "text for octets": ({"file": "JVBERg=="}, "file is not of kind base64"),
    "octets for text": ({"id": b"a"}, "id is not of kind token"),
    "both of a choice": ({"right": "r"}, "left|right: exactly one must be there"),
    "none of a choice": ({"left": None}, "left|right: exactly one must be there"),
    "both of a free choice": ({"up": "u", "down": "d"}, "up|down: exactly one must be there"),
    "null character": ({"left": "a\x00b"}, "left holds a character that XML does not allow"),
    "control character": ({"id": "a\x1f"}, "id holds a character that XML does not allow"),
    "half a surrogate pair": ({"left": "\ud800"}, "left holds a character that XML does not allow"),
    "no character": ({"left": "\uffff"}, "left holds a character that XML does not allow"),
}


@pytest.mark.parametrize(("fields", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_fields_are_refused_with_their_path(
    catalogue: Catalogue, fields: dict[str, object], problem: str
) -> None:
    assert problems(catalogue, **fields) == (problem,)


def test_all_that_is_wrong_is_told_at_once_and_no_value_is_quoted(catalogue: Catalogue) -> None:
    told = problems(catalogue, id=None, number="secret", left=None, extra="secret")
    assert len(told) == 4
    assert "secret" not in " ".join(told)


def test_nothing_of_a_free_choice_is_written_when_nothing_is_given(catalogue: Catalogue) -> None:
    assert "p:up" not in write(catalogue)
    assert "<p:down>d</p:down>" in write(catalogue, down="d")


TEXTS = {
    "markup": "a < b & c > d ]]> \"e\" 'f'",
    "line ends": "a\r\nb\rc\nd\te",
    "Greek and Cyrillic": "Ελευθερία Щастливцова",
    "beyond the basic plane": "a𝄞b",
    "no-break space": "\u00a0a\u00a0",
    "empty": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_text_and_attribute_come_back_as_they_were(catalogue: Catalogue, text: str) -> None:
    fields = read(catalogue, write(catalogue, left=text, hint=text, note=[{"value": text}]))
    assert (fields["left"], fields["hint"], fields["note"][0]["value"]) == (text, text, text)


def test_an_attribute_keeps_its_line_ends_by_references(catalogue: Catalogue) -> None:
    assert ' hint="a&#10;b&#13;c&#9;d &quot;&lt;&gt;&amp;"' in write(
        catalogue, hint='a\nb\rc\td "<>&'
    )


def test_text_keeps_its_carriage_returns_by_references(catalogue: Catalogue) -> None:
    assert '<p:left>a&#13;\nb\tc &lt;&gt;&amp;"</p:left>' in write(catalogue, left='a\r\nb\tc <>&"')


def test_an_empty_group_is_an_empty_element(catalogue: Catalogue) -> None:
    text = write(catalogue, empty={})
    assert "\n  <p:empty/>\n" in text
    assert read(catalogue, text)["empty"] == {}


@pytest.mark.parametrize("name", ["note", "slot"])
def test_an_empty_list_writes_nothing(catalogue: Catalogue, name: str) -> None:
    assert write(catalogue, **{name: []}) == write(catalogue)


def test_a_constant_stands_there_whatever_the_fields_say(catalogue: Catalogue) -> None:
    assert write(catalogue, version="9") == write(catalogue)
    assert "version" not in read(catalogue, write(catalogue))


def test_a_code_of_a_list_with_an_address_is_written_in_its_form(catalogue: Catalogue) -> None:
    text = write(catalogue, colour="red", size="blue")
    assert "<p:colour>red</p:colour>" in text
    form = 'listURI="urn:list:size" listVersionID="7 &amp; up"'
    assert f"<p:size {form}><code>blue</code></p:size>" in text


def test_an_optional_wrapper_is_written_only_with_content(catalogue: Catalogue) -> None:
    assert "p:wrapped" not in write(catalogue)
    assert '<p:wrapped fixed="yes">\n    <q:deep>x</q:deep>' in write(catalogue, deep="x")


def test_a_collection_is_one_slot_with_many_elements(catalogue: Catalogue) -> None:
    root = etree.fromstring(write(catalogue, slot=[{"value": "a"}, {"value": "b"}]).encode())
    names = {"rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0", "p": "urn:play"}
    assert len(root.findall("rim:Slot", names)) == 1
    held = root.findall("rim:Slot/rim:SlotValue/rim:Element/p:held", names)
    assert [element.text for element in held] == ["a", "b"]
