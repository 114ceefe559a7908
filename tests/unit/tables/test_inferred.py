"""Data models inferred from examples: the files load, read the examples, and refuse what is odd."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from bridge.errors import SettingsFault
from bridge.standards.catalogue import Catalogue
from bridge.tables.inferred import infer, settle, steady
from bridge.tables.model_files import files
from bridge.tables.new_files import Birth
from bridge.xml.parse import parse
from tests.evidence_types import SIDES, TYPES, fixture

BIRTH = Birth("thing", "1.0", "noots 10")


def root(inner: str, attributes: str = "") -> etree._Element:
    return parse(f'<r xmlns="urn:x"{attributes}>{inner}</r>'.encode()).root


def written(folder: Path, *examples: etree._Element) -> Catalogue:
    below = folder / "evidence/thing/1.0/eu"
    below.mkdir(parents=True)
    for name, text in files(infer(examples), BIRTH, "eu").items():
        (below / name).write_text(text, "utf-8")
    return Catalogue(folder)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("side", SIDES)
def test_the_model_of_shipped_payloads_reads_and_writes_them(
    kind: str, side: str, tmp_path: Path
) -> None:
    octets = [fixture(kind, side, size).read_bytes() for size in ("small", "full", "extreme")]
    known = written(tmp_path, *(parse(each).root for each in octets))
    schema = etree.XMLSchema(etree.parse(str(known.binding("thing-eu-1.0").schema)))
    for each in octets:
        reading = known.read(parse(each))
        assert reading.findings == ()
        assert schema.validate(parse(each).root), schema.error_log
        again = known.write(reading.message)
        assert known.read(parse(again)).message.fields == reading.message.fields


KINDS = {
    "date": ("2024-05-31", "date"),
    "moment": ("2024-05-31T12:00:00Z", "dateTime"),
    "truth": ("true", "boolean"),
    "German date": ("31.05.2024", "german-date"),
    "yes": ("ja", "ja-nein"),
    "number": ("0012", "token"),
    "long text": ("x" * 300, "text"),
    "nothing": ("", "token"),
}


@pytest.mark.parametrize(("value", "kind"), KINDS.values(), ids=KINDS)
def test_kinds_are_guessed_from_values(value: str, kind: str) -> None:
    assert infer([root(f"<a>{value}</a>")]).inside["a"].kind == kind


def test_a_kind_must_fit_every_example() -> None:
    seen = infer([root("<a>2024-05-31</a>"), root("<a>unknown</a>")])
    assert seen.inside["a"].kind == "token"


def test_what_stands_twice_is_a_list_and_text_with_attributes_a_group() -> None:
    seen = infer([root('<a lang="de">x</a><a lang="en">y</a>')])
    assert seen.inside["a"].listed
    assert list(seen.inside["a"].inside) == ["value", "lang"]


def test_fields_keep_an_order_that_fits_all_examples(tmp_path: Path) -> None:
    examples = [root("<a>1</a><c>3</c>"), root("<b>2</b><c>3</c>"), root("<a>1</a><b>2</b>")]
    known = written(tmp_path, *examples)
    schema = etree.XMLSchema(etree.parse(str(known.binding("thing-eu-1.0").schema)))
    assert all(schema.validate(example) for example in examples)


def test_only_what_every_one_of_several_groups_has_can_be_made_mandatory(tmp_path: Path) -> None:
    seen = infer([root("<g><a>1</a><b>2</b></g><g><a>3</a></g><z>4</z>")])
    assert set(steady(seen)) == {"g/a"}
    settle(seen, {"g/a"})
    assert (seen.inside["g"].inside["a"].needed, seen.inside["g"].inside["b"].needed) == (
        True,
        False,
    )
    assert (
        'name = "a", element = "m:a", is = "token", occurs = "1"'
        in files(seen, BIRTH, "eu")["binding.toml"]
    )


ODD = {
    "no namespace": [parse(b"<r><a>1</a></r>").root],
    "two roots": [root("<a>1</a>"), parse(b'<q xmlns="urn:x"><a>1</a></q>').root],
    "fields in another order": [root("<a>1</a><b>2</b>"), root("<b>2</b><a>1</a>")],
    "no fields": [root("")],
    "text and elements": [root("x<a>1</a>")],
    "another namespace": [root('<a xmlns="urn:y">1</a>')],
    "an attribute of a namespace": [root("<a>1</a>", ' xmlns:p="urn:p" p:q="1"')],
    "fields that do not follow one another": [root("<a>1</a><b>2</b><a>3</a>")],
    "once text, once elements": [root("<a>1</a>"), root("<a><b>1</b></a>")],
    "once elements, once text": [root("<a><b>1</b></a>"), root("<a>1</a>")],
}


@pytest.mark.parametrize("examples", ODD.values(), ids=ODD)
def test_what_is_odd_is_told(examples: list[etree._Element]) -> None:
    with pytest.raises(SettingsFault):
        infer(examples)


def test_groups_of_one_name_get_types_of_their_own(tmp_path: Path) -> None:
    known = written(tmp_path, root("<a><g><x>1</x></g></a><b><g><y>1</y></g></b>"))
    assert {"G", "G2"} <= set(known.binding("thing-eu-1.0").types)
