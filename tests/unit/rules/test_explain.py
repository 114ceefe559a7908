from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.finding import Finding, Severity
from bridge.resources import fixtures
from bridge.rules.explain import ELEMENTS, LONG, MOST, Explainer
from bridge.rules.explain_model import listed
from bridge.rules.explain_words import LANGUAGES, WORDS
from bridge.rules.schema import SchemaCheck
from bridge.rules.shape import shape_of
from bridge.standards.binding import Binding
from bridge.xml.parse import Document, parse
from tests.fixture_files import CATALOGUE, all_messages, name_of
from tests.mutations import Mutation, mutations

CHECK = SchemaCheck()
EXPLAIN = Explainer(CHECK)
REQUEST = fixtures() / "edm" / "1.2" / "request-full.xml"
ORDER = fixtures() / "xnachweis" / "1.4" / "0401-full.xml"
SECRET = "Geheimrat7"


def explained(octets: bytes, **how: object) -> tuple[Finding, ...]:
    document = parse(octets)
    return EXPLAIN(document, CATALOGUE.identify(document)[0], **how)  # type: ignore[arg-type]


def damaged(*changes: tuple[str, str], path: Path = REQUEST) -> bytes:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


SLOT = '<rim:Slot name="Procedure">'
CASES = {
    "an unknown name": (
        [("<sdg:Title ", "<sdg:Titel "), ("</sdg:Title>", "</sdg:Titel>")],
        "sdg:Titel",
        "sdg:Titel: no such element is allowed here; expected: sdg:Title (at least once); "
        "found: sdg:Titel. Nearest allowed name: sdg:Title.",
    ),
    "a foreign namespace": (
        [(SLOT, '<x:Slot xmlns:x="urn:x"/>' + SLOT)],
        "x:Slot",
        "x:Slot: no such element is allowed here; expected: rim:Slot (any number), "
        "query:ResponseOption (once); found: x:Slot. The namespace is urn:x, "
        "expected urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0.",
    ),
    "a doubled element": (
        [("<sdg:DateOfBirth>", "<sdg:DateOfBirth>1990-01-01</sdg:DateOfBirth><sdg:DateOfBirth>")],
        "sdg:DateOfBirth[2]",
        "sdg:DateOfBirth: the element stands too often; expected: sdg:DateOfBirth (once); "
        "found: sdg:DateOfBirth, 2 times. Keep at most 1.",
    ),
    "a wrong type": (
        [("<sdg:DateOfBirth>", "<sdg:DateOfBirth>x")],
        "sdg:DateOfBirth",
        "sdg:DateOfBirth: the value is not of the required type; expected: a date, YYYY-MM-DD; "
        "found: a text of 11 characters.",
    ),
    "a missing attribute": (
        [(SLOT, "<rim:Slot>")],
        "@name",
        "rim:Slot/@name: a mandatory attribute is missing; expected: a text; "
        "found: no attribute name. Add name.",
    ),
    "a missing type": (
        [('<rim:SlotValue xsi:type="rim:StringValueType">', "<rim:SlotValue>")],
        "rim:SlotValue",
        "rim:SlotValue: the type is abstract: xsi:type must say which one is meant; "
        "expected: rim:AnyValueType, rim:BooleanValueType, rim:CollectionValueType, "
        "rim:DateTimeValueType, rim:InternationalStringValueType, rim:StringValueType; "
        "found: no xsi:type.",
    ),
    "an unknown type": (
        [('xsi:type="rim:StringValueType"', f'xsi:type="rim:{SECRET}"')],
        "@xsi:type",
        "rim:SlotValue/@xsi:type: xsi:type names an unknown type; "
        "expected: rim:AnyValueType, rim:BooleanValueType, rim:CollectionValueType, "
        "rim:DateTimeValueType, rim:InternationalStringValueType, rim:StringValueType; "
        "found: a name that the schema does not know.",
    ),
    "an undeclared prefix of a type": (
        [('xsi:type="rim:StringValueType"', 'xsi:type="zz:StringValueType"')],
        "@xsi:type",
        "rim:SlotValue/@xsi:type: xsi:type names an unknown type; "
        "expected: rim:AnyValueType, rim:BooleanValueType, rim:CollectionValueType, "
        "rim:DateTimeValueType, rim:InternationalStringValueType, rim:StringValueType; "
        "found: a prefix that is not declared. Declare the prefix.",
    ),
    "elements in a value": (
        [("<sdg:DateOfBirth>", "<sdg:DateOfBirth><sdg:Day/>")],
        "sdg:DateOfBirth",
        "sdg:DateOfBirth: the element holds a value, not elements; "
        "expected: a text without elements; found: elements: sdg:Day.",
    ),
    "text among elements": (
        [("<sdg:DateOfBirth>", f"{SECRET}<sdg:DateOfBirth>")],
        "sdg:Person",
        "sdg:Person: text stands where only elements are allowed; expected: elements only; "
        "found: 10 digits and letters.",
    ),
}


@pytest.mark.parametrize(("changes", "place", "text"), CASES.values(), ids=CASES)
def test_a_failure_is_explained_by_place_expected_found_and_remedy(
    changes: list[tuple[str, str]], place: str, text: str
) -> None:
    found = explained(damaged(*changes))
    assert text.rstrip(".") in {each.message.rstrip(".") for each in found}
    (finding,) = (each for each in found if each.message.rstrip(".") == text.rstrip("."))
    assert finding.location.rpartition("/")[2] == place
    assert (finding.id, finding.severity) == ("XSD", Severity.FATAL)
    assert finding.line is not None


def moved(path: Path, name: str, way: str) -> tuple[Finding, ...]:
    document = parse(path.read_bytes())
    (mutant,) = (
        tree
        for what, tree in mutations(document.root)
        if what.startswith(f"{way} ") and what.endswith(name)
    )
    return EXPLAIN(Document(mutant), CATALOGUE.identify(document)[0])


MOVES = {
    "too late": ("move last", "sdg:Person/sdg:DateOfBirth", r"Put sdg:DateOfBirth before sdg:"),
    "swapped": ("swap", "sdg:Person/sdg:FamilyName", r"Put sdg:FamilyName before sdg:GivenName\."),
    "missing": ("drop", "sdg:Person/sdg:GivenName", r"Add sdg:GivenName before sdg:DateOfBirth\."),
    "nothing left": ("hollow", "sdg:Person", r"found: no element\. Add sdg:"),
}


@pytest.mark.parametrize(("way", "name", "remedy"), MOVES.values(), ids=MOVES)
def test_order_is_explained_by_what_to_move(way: str, name: str, remedy: str) -> None:
    found = moved(REQUEST, name, way)
    assert [each for each in found if re.search(remedy, each.message)], found


def test_a_fixed_attribute_says_its_value_and_place() -> None:
    octets = re.sub(
        rb'listURI="[^"]*"', f'listURI="{SECRET}"'.encode(), ORDER.read_bytes(), count=1
    )
    (finding,) = explained(octets)
    assert finding.location.endswith("/@listURI")
    assert "expected: exactly urn:" in finding.message
    assert SECRET not in finding.message


def test_an_enumeration_lists_what_is_allowed() -> None:
    octets = re.sub(rb"(<sdg:Gender>)[^<]*", rb"\g<1>female", REQUEST.read_bytes(), count=1)
    (finding,) = explained(octets)
    assert finding.message == (
        "sdg:Gender: the value is none of those allowed; "
        "expected: one of Female, Male, Unspecified; found: 6 small letters"
    )


def test_blanks_around_an_allowed_value_are_told() -> None:
    octets = re.sub(rb"(<sdg:Gender>)[^<]*", rb"\g<1> Female ", REQUEST.read_bytes(), count=1)
    (finding,) = explained(octets)
    assert finding.message.endswith(
        "6 letters, with blanks around it. Remove the blanks around it."
    )


@pytest.mark.parametrize(
    ("most", "text"), [(2, "a, b and 1 more"), (3, "a, b, c"), (None, "a, b, c")]
)
def test_a_list_is_cut_with_the_number_of_the_rest(most: int | None, text: str) -> None:
    assert listed(["a", "b", "c"], most).said() == text


@pytest.mark.parametrize(("deep", "listed_all"), [(False, False), (True, True)])
def test_all_that_is_allowed_is_listed_where_asked(
    monkeypatch: pytest.MonkeyPatch, deep: bool, listed_all: bool
) -> None:
    monkeypatch.setattr("bridge.rules.explain.LISTED", 2)
    (finding,) = explained(
        damaged((f"{SLOT}", f'{SLOT}<rim:SlotValue xsi:type="rim:X"/>')), deep=deep
    )[:1]
    assert ("rim:StringValueType" in finding.message) is listed_all
    assert ("and 4 more" in finding.message) is not listed_all


def test_explanations_speak_german_where_asked() -> None:
    (finding,) = explained(damaged(("<sdg:DateOfBirth>", "<sdg:DateOfBirth>x")), language="de")
    assert finding.message == (
        "sdg:DateOfBirth: der Wert hat nicht den verlangten Typ; erwartet: ein Datum, JJJJ-MM-TT; "
        "gefunden: ein Text von 11 Zeichen"
    )


def test_every_sentence_has_the_same_parts_in_both_languages() -> None:
    holes = {
        key: [set(re.findall(r"\{(\w+)\}", text)) for text in texts] for key, texts in WORDS.items()
    }
    assert [key for key, (english, german) in holes.items() if english != german] == []
    assert {len(texts) for texts in WORDS.values()} == {len(LANGUAGES)}


# --- agreement with libxml2 --------------------------------------------------------------------


@pytest.mark.parametrize("path", all_messages()[::3], ids=name_of)
def test_what_is_allowed_needs_no_explanation(path: Path) -> None:
    assert explained(path.read_bytes()) == ()


@lru_cache(maxsize=8)
def mutants(path: Path) -> tuple[Binding, list[Mutation]]:
    document = parse(path.read_bytes())
    return CATALOGUE.identify(document)[0], list(islice(mutations(document.root), 4_000))


@settings(max_examples=150)
@given(data=st.data(), path=st.sampled_from([REQUEST, ORDER]))
def test_a_message_is_explained_if_and_only_if_it_is_refused(
    data: st.DataObject, path: Path
) -> None:
    binding, damages = mutants(path)
    _, tree = data.draw(st.sampled_from(damages))
    document = Document(tree)
    refused, found = CHECK(document, binding), EXPLAIN(document, binding)
    assert bool(refused) is bool(found)
    assert len(set(found)) == len(found)


@settings(max_examples=60)
@given(data=st.data(), path=st.sampled_from([REQUEST, ORDER]), language=st.sampled_from(LANGUAGES))
def test_no_explanation_quotes_a_value(data: st.DataObject, path: Path, language: str) -> None:
    """Every text and attribute but the names of slots and types is a secret."""
    document = parse(path.read_bytes())
    binding = CATALOGUE.identify(document)[0]
    for number, element in enumerate(document.root.iter("*")):
        if data.draw(st.booleans()) and len(element) == 0:
            element.text = f"{SECRET}{number}"
        for key in map(str, element.attrib):
            if key != "name" and not key.endswith("}type") and data.draw(st.booleans()):
                element.set(key, f"{SECRET}{number}")
    for finding in EXPLAIN(document, binding, language=language, deep=True):
        assert SECRET not in finding.message + finding.location


def test_what_only_libxml2_refuses_is_told_in_its_words() -> None:
    octets = damaged(
        (
            '<rim:SlotValue xsi:type="rim:AnyValueType">',
            f'<rim:SlotValue xsi:type="rim:AnyValueType">{SECRET}',
        )
    )
    (finding,) = explained(octets)
    assert finding.message == "SlotValue: text stands where only elements are allowed"


def test_what_libxml2_allows_is_no_failure() -> None:
    path = fixtures() / "xnachweis" / "1.4" / "0412-full.xml"
    octets = re.sub(rb"(<xn-de:RepositoryItem>)[^<\s]+<", rb"\g<1>2026-02-30<", path.read_bytes())
    document = parse(octets)
    assert CHECK(document, CATALOGUE.identify(document)[0]) == () == explained(octets)


# --- hostile -----------------------------------------------------------------------------------


def test_a_message_with_many_failures_says_how_many_more() -> None:
    found = explained(damaged((SLOT, '<rim:Slot name="a" b=""/>\n' * 90 + SLOT)))
    assert len(found) == MOST + 1
    assert found[-1].message == "40 more failures of the schema are not listed"


def test_a_large_document_keeps_the_words_of_libxml2() -> None:
    octets = damaged((SLOT, '<rim:Slot name="a"/>' * ELEMENTS + "<rim:Slot/>" + SLOT))
    (finding,) = explained(octets)
    assert finding.message == "Slot: a mandatory attribute is missing"


def test_a_long_value_keeps_the_words_of_libxml2() -> None:
    (finding,) = explained(damaged(("<sdg:DateOfBirth>", "<sdg:DateOfBirth>" + "1 " * LONG)))
    assert (
        finding.message == "DateOfBirth: the value is not of the required type; expected: xs:date"
    )


def test_a_name_that_nobody_could_read_is_cut() -> None:
    (finding,) = explained(damaged((SLOT, f"<{'a' * 5000}/>{SLOT}")))
    assert len(finding.message) < 600


def test_a_schema_location_of_the_message_is_not_followed() -> None:
    octets = damaged(
        (
            "<query:QueryRequest ",
            '<query:QueryRequest unheard="" xsi:schemaLocation="urn:x file:///nowhere.xsd" ',
        )
    )
    (finding,) = explained(octets)
    assert finding.location == "/query:QueryRequest/@unheard"


# --- shapes ------------------------------------------------------------------------------------

SHAPES = {
    "": "empty",
    "  ": "only blanks",
    "true": "a truth value",
    "2026-02-03": "a date",
    "2026-02-30": "a date, but no day of the calendar",
    "2026-02-03Z": "a date with a time zone",
    "2026-02-03T10:00:00": "a date with a time, without time zone",
    "2026-02-03T10:00:00.5+01:00": "a date with a time and time zone",
    "3.2.2026": "a date written with dots",
    " 2026-02-03": "a date, with blanks around it",
    "1234": "4 digits",
    "12,5": "a number with decimal places",
    "DE": "2 capital letters",
    "de": "2 small letters",
    "Müller": "6 letters",
    "A1": "2 digits and letters",
    "https://example.org/a": "a web address",
    "a@example.org": "an e-mail address",
    "00000000-0000-4000-8000-000000000000": "a UUID",
    "anything else": "a text of 13 characters",
}


@pytest.mark.parametrize(("value", "shape"), SHAPES.items(), ids=[*SHAPES.values()])
def test_a_value_is_told_by_its_shape(value: str, shape: str) -> None:
    assert shape_of(value).said() == shape
