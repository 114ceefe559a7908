"""The border guard by itself: form of an IDNr, secrets, cleaning, the look at octets."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BorderViolation, MappingFault
from bridge.mapping.guard import load_guard
from bridge.mapping.spelling import is_idnr
from bridge.message import Head, Message, group
from tests.mapping_worlds import TABLES

GUARD = TABLES.guard
IDNR = "12345678903"
SECRETS = frozenset({IDNR, "token-4711-abc"})
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("text", "judged"),
    [
        (IDNR, True), ("02345678903", False), ("12345678901", False), ("1234567890", False),
        ("123456789030", False), ("1234567890x", False), ("١٢٣٤٥٦٧٨٩٠٣", False), ("", False),
    ],
)  # fmt: skip
def test_an_idnr_has_eleven_digits_and_a_check_digit(text: str, judged: bool) -> None:
    assert is_idnr(text) is judged


@given(st.from_regex("[1-9][0-9]{9}", fullmatch=True))
def test_of_ten_last_digits_exactly_one_is_right(text: str) -> None:
    assert sum(is_idnr(f"{text}{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("Query/LegalOrNaturalPerson/NaturalPerson/IDNr", "IDNr"),
        ("A[2]/NaturalPerson/IDNr", "IDNr"),
        ("nachrichtenkopf/autor/name", "nachrichtenkopf/autor"),
        ("Exception[]/Detail", "Exception/Detail"),
        ("IDNrX", None),
        ("Description/Detail", None),
    ],
)
def test_a_name_guards_the_field_and_what_is_inside(path: str, field: str | None) -> None:
    never = GUARD.guards(path)
    assert (never.field if never else None) == field


def test_secrets_come_from_messages_and_context_and_short_ones_do_not_count() -> None:
    head = Head("xnachweis", "1", "x")
    messages = [Message(head, group({"P": {"IDNr": IDNR}, "Rechtsgrundlage": "some law"}))]
    values = {"session": group({"ConversationID": "5b0f0d3c-1c57", "URLtoIP": "x"})}
    assert GUARD.secrets(messages, values) == {IDNR, "5b0f0d3c-1c57"}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Auszug 12345678903", "Auszug […]"),
        ("Auszug 12 345 678 903 neu", "Auszug […] neu"),
        ("TOKEN 4711 ABC!", "[…]!"),
        ("token-4711-abc und 12.345.678.903", "[…] und […]"),
        ("Bescheid 12345678901", "Bescheid 12345678901"),
        ("A12345678903", "A12345678903"),
    ],
)
def test_a_text_for_people_is_cleaned(text: str, cleaned: str) -> None:
    known = SECRETS if "oken" in text.lower() else NONE
    result = GUARD.clean(group({"X": ({"RepositoryItemRef": {"title": text}},)}), known)
    assert result.fields.at("X/RepositoryItemRef/title") == cleaned
    assert bool(result.removed) is (text != cleaned)
    assert result.findings == ()


@pytest.mark.parametrize("text", [IDNR, f"x {IDNR}", "12 345 678 903", "token4711abc"])
def test_anywhere_else_it_stops_the_message_and_is_not_quoted(text: str) -> None:
    result = GUARD.clean(group({"EvidenceRequest": {"Identifier": {"value": text}}}), SECRETS)
    [finding] = result.findings
    assert (finding.id, str(finding.severity)) == ("BORDER-GUARD", "fatal")
    assert finding.location == "EvidenceRequest/Identifier/value"
    assert text not in finding.message


def test_an_exempt_identifier_may_look_like_one_but_not_be_a_known_one() -> None:
    fields = group({"EvidenceProvider": {"Identifier": {"value": IDNR}}})
    assert GUARD.clean(fields, NONE).findings == ()
    GUARD.inspect(b"<a>12345678903</a>", fields, NONE)
    assert GUARD.clean(fields, SECRETS).findings


@pytest.mark.parametrize(
    ("octets", "secrets"),
    [
        pytest.param(b"<a>12345678903</a>", NONE, id="number of the form"),
        pytest.param(b"<a t='12 345 678 903'/>", NONE, id="in groups"),
        pytest.param(b"<a>12\n345\n678\n903</a>", NONE, id="over lines"),
        pytest.param(b"<a>12&#13;345&#160;678 903</a>", NONE, id="escaped blanks"),
        pytest.param(b"<a>1234 5678 903</a>", SECRETS, id="known, other groups"),
        pytest.param(b"<a>TOKEN_4711_ABC</a>", SECRETS, id="known, other case and signs"),
        pytest.param(b"<a>a&lt;b&amp;cdef</a>", frozenset({"a<b&cdef"}), id="known, escaped"),
        pytest.param(b"<!-- 12345678903 -->", NONE, id="in a comment"),
    ],
)
def test_the_octets_stop_with_what_was_missed_before(
    octets: bytes, secrets: frozenset[str]
) -> None:
    with pytest.raises(BorderViolation) as caught:
        GUARD.inspect(octets, group({}), secrets)
    assert IDNR not in str(caught.value)


def test_octets_without_them_pass() -> None:
    GUARD.inspect(
        b"<a>2026-03-02T10:15:31Z 5e4bd6d4-6a8e-4c0b-9a25-1f6d2c3b7a11</a>", group({}), SECRETS
    )


@pytest.mark.parametrize(
    ("media_type", "content", "secrets", "severities"),
    [
        ("application/pdf", b"%PDF 12345678903", SECRETS, ["fatal"]),
        ("application/pdf", b"%PDF 12345678903", NONE, []),
        ("application/xml", b"<a>12345678903</a>", NONE, ["warning"]),
        ("application/xml", b"<a>1234 5678 903</a>", SECRETS, ["fatal"]),
        ("application/json", b'{"a": "x"}', SECRETS, []),
    ],
)
def test_documents_are_looked_into(
    media_type: str, content: bytes, secrets: frozenset[str], severities: list[str]
) -> None:
    found = GUARD.inspect_document("a@b", media_type, content, secrets, ours=False)
    assert [str(finding.severity) for finding in found] == severities
    assert all(finding.id == "BORDER-DOCUMENT" for finding in found)


@pytest.mark.parametrize(
    "text", ["", "[guard]\n", "[guard]\nnever = [{ fields = 'x', why = '' }]\n", "x ="]
)
def test_a_list_that_cannot_be_used_is_a_fault_with_its_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "guard.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(MappingFault, match=r"is missing|cannot be used|not valid TOML") as caught:
        load_guard(path)
    assert caught.value.where == str(path)


def test_what_noots_names_is_guarded() -> None:
    names = {
        "IDNr", "beWiNr", "IssuedToken", "BackToEvidenceRequesterURL", "URLtoIP", "ConversationID",
        "nachrichtenkopf/autor/name", "nachrichtenkopf/leser/name", "produkt", "produkthersteller",
        "produktversion", "Rechtsgrundlage", "Verarbeitungszweck", "Exception/Detail",
    }  # fmt: skip
    assert not [name for name in names if GUARD.guards(name) is None]
