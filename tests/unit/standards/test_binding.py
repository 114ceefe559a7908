"""A binding is checked whole when it is loaded: file, line, and the nearest right name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import BindingFault
from bridge.standards.binding import Binding, load_binding
from bridge.xml.nodes import UNBOUNDED, Leaf, Place

GOOD = """\
[standard]
family = "play"
version = "1"
schema = "play.xsd"
[namespaces]
p = "urn:play"
rim = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
[hosts]
canonical = "https://sr.example/"
also = ["https://old.example/"]
[lists.Colour]
file = "colours.csv"
[types.Person]
chapter = "PLAY 2"
fields = [
  { name = "Name", element = "p:Name", is = "text" },
  { name = "Age", element = "p:Age", is = "integer", occurs = "0..1" },
]
[types."Dotted.Type"]
fields = [
  { name = "Colour", element = "p:Colour", is = "code:Colour", occurs = "0..1", rule = "R-1" },
]
[messages.Play]
root = "p:play"
chapter = "PLAY 1"
having = ["p:Person"]
head = { id = "id", issued = "Person/Name" }
fields = [
  { name = "id", attribute = "id", is = "uuid" },
  { name = "Person", element = "p:Person", is = "Person", occurs = "1..n" },
  { element = "p:Box", inline = "Dotted.Type", occurs = "0..1" },
  { name = "When", slot = "When", value = "dateTime", is = "dateTime" },
  { name = "Held", slot = "Held", value = "any", holds = "p:Person", is = "Person" },
]
"""


def load(folder: Path, text: str, codes: str = "# source: play\ncode\nred\n") -> Binding:
    (folder / "binding.toml").write_text(text, "utf-8")
    (folder / "play.xsd").write_text("<x/>", "utf-8")
    (folder / "colours.csv").write_text(codes, "utf-8")
    return load_binding(folder)


def fault(folder: Path, text: str) -> BindingFault:
    with pytest.raises(BindingFault) as caught:
        load(folder, text)
    return caught.value


def test_a_good_binding_says_where_every_field_lives(tmp_path: Path) -> None:
    binding = load(tmp_path, GOOD)
    play = binding.message("Play")
    assert (binding.standard, binding.schema.name, play.root) == (
        "play-1",
        "play.xsd",
        "{urn:play}play",
    )
    assert [path for path, _ in play.shape.leaf_paths()] == [
        "id",
        "Person[]/Name",
        "Person[]/Age",
        "Colour",
        "When",
        "Held/Name",
        "Held/Age",
    ]
    person = play.shape.find("Person")
    assert person is not None
    assert (person.least, person.most, person.repeated) == (1, UNBOUNDED, True)
    colour = play.shape.find("Colour")
    assert colour is not None
    assert isinstance(colour.of, Leaf)
    assert (colour.of.codes, colour.rule, colour.line) == (frozenset({"red"}), "R-1", 21)
    when = play.shape.find("When")
    assert when is not None
    assert (when.place, when.of.kind) == (Place.SLOT, "dateTime")


# What is replaced, by what, the sentence, and the text of the line that must be named.
ROWS = {
    "unknown key": (
        'is = "integer", occurs',
        'is = "integer", ocurs',
        "types.Person: unknown key 'ocurs'; did you mean 'occurs'?",
    ),
    "unknown kind": (
        'is = "integer"',
        'is = "intger"',
        "types.Person: unknown value kind 'intger'; did you mean 'integer'?",
    ),
    "unknown type": (
        'is = "Person", occurs',
        'is = "Persn", occurs',
        "messages.Play: unknown type 'Persn'; did you mean 'Person'?",
    ),
    "unknown inline type": (
        'inline = "Dotted.Type"',
        'inline = "Doted.Type"',
        "messages.Play: unknown type 'Doted.Type'; did you mean 'Dotted.Type'?",
    ),
    "unknown code list": (
        'is = "code:Colour"',
        'is = "code:Color"',
        "unknown code list 'Color'; did you mean 'Colour'?",
    ),
    "prefix not declared": (
        'element = "p:Age"',
        'element = "x:Age"',
        "types.Person: the prefix 'x' is not declared",
    ),
    "prefix of a held element not declared": (
        'holds = "p:Person"',
        'holds = "x:Person"',
        "messages.Play: the prefix 'x' is not declared",
    ),
    "no place": (
        '{ name = "Age", element = "p:Age",',
        '{ name = "Age",',
        "types.Person: a row has exactly one of element, attribute, text, slot",
    ),
    "two places": (
        'element = "p:Age"',
        'element = "p:Age", attribute = "Age"',
        "types.Person: a row has exactly one of element, attribute, text, slot",
    ),
    "name and inline": (
        'inline = "Dotted.Type"',
        'name = "Box", inline = "Dotted.Type"',
        "messages.Play: a row has either 'name' or 'inline'",
    ),
    "neither name nor inline": (
        '{ name = "Age", ',
        "{ ",
        "types.Person: a row has either 'name' or 'inline'",
    ),
    "occurs in other words": (
        '"integer", occurs = "0..1"',
        '"integer", occurs = "*"',
        "types.Person: 'occurs' is written 1, 0..1, 0..n or 1..n",
    ),
    "unknown slot value": (
        'value = "dateTime", is',
        'value = "date", is',
        "messages.Play: 'value' is one of string, dateTime, boolean, any, collection,",
    ),
    "nothing held": (
        'holds = "p:Person", ',
        "",
        "messages.Play: 'holds' goes with any and collection",
    ),
    "held where nothing can be": (
        'value = "dateTime", is',
        'value = "dateTime", holds = "p:Person", is',
        "messages.Play: 'holds' goes with any and collection",
    ),
}


@pytest.mark.parametrize(("old", "new", "sentence"), ROWS.values(), ids=ROWS.keys())
def test_a_wrong_row_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert GOOD.count(old) == 1
    line = GOOD[: GOOD.index(old)].count("\n") + 1
    told = fault(tmp_path, GOOD.replace(old, new))
    assert sentence in told.what
    assert (told.where, told.line) == (str(tmp_path / "binding.toml"), line)


def test_a_row_that_is_no_table_is_refused(tmp_path: Path) -> None:
    told = fault(tmp_path, GOOD.replace('  { name = "Age"', '  1,\n  { name = "Age"'))
    assert told.what == "types.Person: a row must be an inline table"


SECTIONS = {
    "unknown section": (
        "[hosts]",
        "[host]",
        "binding: unknown key 'host'; did you mean 'hosts'?",
        None,
    ),
    "unknown key of the standard": (
        'schema = "play.xsd"',
        'schema = "play.xsd"\ncolour = 1',
        "standard: unknown key 'colour'",
        "[standard]",
    ),
    "no version": ('version = "1"\n', "", "standard: 'version' is missing", "[standard]"),
    "no family": ('family = "play"\n', "", "standard: 'family' is missing", "[standard]"),
    "version is no text": ('version = "1"', "version = 1", "'version' is missing", "[standard]"),
    "schema absent": (
        "play.xsd",
        "plays.xsd",
        "the schema plays.xsd does not exist",
        "[standard]",
    ),
    "unknown key of the hosts": ("also =", "others =", "hosts: unknown key 'others'", "[hosts]"),
    "unknown key of a list": (
        'file = "colours.csv"',
        'file = "colours.csv"\nopen = true',
        "lists.Colour: unknown key 'open'",
        "[lists.Colour]",
    ),
    "unknown key of a type": (
        'chapter = "PLAY 2"',
        'chaptre = "PLAY 2"',
        "types.Person: unknown key 'chaptre'; did you mean 'chapter'?",
        "[types.Person]",
    ),
    "unknown key of a message": (
        "having =",
        "has =",
        "messages.Play: unknown key 'has'",
        "[messages.Play]",
    ),
    "unknown name of the head": (
        "issued =",
        "date =",
        "messages.Play: unknown key 'date'",
        "[messages.Play]",
    ),
    "head names no field": (
        '"Person/Name" }',
        '"Person/Nam" }',
        "head.issued names no field: Person/Nam; did you mean 'Person/Name'?",
        "[messages.Play]",
    ),
    "field stands twice": (
        '{ name = "Age",',
        '{ name = "Name",',
        "Person: field Name stands twice",
        "[types.Person]",
    ),
    "field stands twice, once in a wrapper": (
        '{ name = "When",',
        '{ name = "Colour",',
        "Play: field Colour stands twice",
        "[messages.Play]",
    ),
    "wrapper in itself": (
        '{ name = "Colour", element = "p:Colour", is = "code:Colour",',
        '{ inline = "Dotted.Type", element = "p:Colour",',
        "types.Dotted.Type is inline in itself",
        '[types."Dotted.Type"]',
    ),
    "no root": ('root = "p:play"\n', "", "messages.Play: 'root' is missing", "[messages.Play]"),
    "no canonical host": ("canonical =", "#", "hosts: 'canonical' is missing", "[hosts]"),
    "a version declared without value": (
        'version = "1"',
        'version = "1"\ndeclares = { slot = "Spec" }',
        "standard: 'declares' has a slot and a value",
        "[standard]",
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "sentence", "header"), SECTIONS.values(), ids=SECTIONS.keys()
)
def test_a_wrong_section_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, sentence: str, header: str | None
) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    told = fault(tmp_path, text)
    assert sentence in told.what
    assert told.where == str(tmp_path / "binding.toml")
    if header:
        assert told.line == text[: text.index(header)].count("\n") + 1


def test_fields_that_are_no_list_are_refused(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index('fields = [\n  { name = "id"')] + "fields = 1\n"
    told = fault(tmp_path, text)
    assert told.what == "messages.Play: 'fields' must be a list of rows"


def test_a_binding_without_messages_is_refused(tmp_path: Path) -> None:
    told = fault(tmp_path, GOOD[: GOOD.index("[messages.Play]")])
    assert told.what == "the binding describes no message"


def test_a_root_with_an_undeclared_prefix_is_refused(tmp_path: Path) -> None:
    told = fault(tmp_path, GOOD.replace('root = "p:play"', 'root = "x:play"'))
    assert told.what == "messages.Play: the prefix 'x' is not declared"


def test_broken_toml_is_refused_with_the_file(tmp_path: Path) -> None:
    told = fault(tmp_path, GOOD + "[")
    assert "not valid TOML" in told.what
    assert told.where == str(tmp_path / "binding.toml")


def test_a_folder_without_binding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BindingFault, match="cannot be read"):
        load_binding(tmp_path)


def test_a_wrong_code_list_is_refused_with_its_own_file(tmp_path: Path) -> None:
    with pytest.raises(BindingFault) as caught:
        load(tmp_path, GOOD, codes="# source: play\ncode\nred\nred\n")
    assert (caught.value.where, caught.value.line) == (str(tmp_path / "colours.csv"), 4)


def test_an_unknown_message_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BindingFault, match="play-1 has no message Plai"):
        load(tmp_path, GOOD).message("Plai")


def test_a_choice_makes_its_members_known_together(tmp_path: Path) -> None:
    text = GOOD.replace('is = "integer", occurs = "0..1"', 'is = "integer", choice = "who"')
    text = text.replace('is = "text" }', 'is = "text", choice = "who" }')
    shape = load(tmp_path, text).types["Person"]
    assert shape.choices == {"who": ("Name", "Age")}
    assert shape.required == ()
