"""Values of each kind: what is accepted, what is tolerated and told, what is refused."""

from __future__ import annotations

import pytest

from bridge.xml.values import KINDS, code_reader, sr_uri_reader

UUID = "0b5e1c7a-9d2f-4e63-8a41-5c7d9e0f1a2b"
URN = f"urn:uuid:{UUID}"


def read(reader, text: str):
    told: list[str] = []
    return reader(text, lambda rule, message: told.append(rule)), told


ACCEPTED = [
    ("string", "a  b\tc", "a  b\tc"),
    ("string", "", ""),
    ("text", "Größe", "Größe"),
    ("text", "Gro\u0308ße", "Größe"),
    ("token", "a b", "a b"),
    ("token", "a\u00a0\u2003b", "a\u00a0\u2003b"),
    ("uri", "urn:x", "urn:x"),
    ("sr-uri", "urn:x", "urn:x"),
    ("uuid", UUID, UUID),
    ("uuid-urn", URN, URN),
    ("date", "2024-02-29", "2024-02-29"),
    ("dateTime", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
    ("dateTime", "2024-02-29T00:00:00.1+14:00", "2024-02-29T00:00:00.1+14:00"),
    ("dateTime", "2024-02-29T00:00:00.123456789-11:30", "2024-02-29T00:00:00.123456789-11:30"),
    ("dateTime", "2024-02-28T24:00:00Z", "2024-02-28T24:00:00Z"),
    ("boolean", "true", True),
    ("boolean", "1", True),
    ("boolean", "false", False),
    ("boolean", "0", False),
    ("integer", "-007", -7),
    ("integer", "+1", 1),
    ("integer", "9" * 18, 10**18 - 1),
    ("decimal", "-1.50", "-1.50"),
    ("decimal", ".5", ".5"),
    ("decimal", "1.", "1."),
    ("base64", "JVBERg==", b"%PDF"),
    ("base64", "", b""),
    ("qname", "rs:X", "rs:X"),
]


@pytest.mark.parametrize(("kind", "text", "value"), ACCEPTED)
def test_a_value_in_order_is_taken_without_a_word(kind: str, text: str, value: object) -> None:
    assert read(KINDS[kind].read, text) == (value, [])


TOLERATED = [
    ("string", " \r\n x\t", "x", ["READ-BLANKS"]),
    ("text", " e\u0301 ", "é", ["READ-BLANKS"]),
    ("token", "a \n b", "a b", ["READ-BLANKS"]),
    ("token", " a  b ", "a b", ["READ-BLANKS", "READ-BLANKS"]),
    ("uri", " urn:x ", "urn:x", ["READ-BLANKS"]),
    ("uuid", URN, UUID, ["READ-UUID"]),
    ("uuid", f"urn:uuid:{URN}", UUID, ["READ-UUID"]),
    ("uuid", UUID.upper(), UUID, ["READ-UUID"]),
    ("uuid-urn", UUID, URN, ["READ-UUID"]),
    ("uuid-urn", f"urn:uuid:{URN}", URN, ["READ-UUID"]),
    ("uuid-urn", f"URN:UUID:{UUID}", URN, ["READ-UUID"]),
    ("date", "2024-02-29Z", "2024-02-29", ["READ-DATE"]),
    ("date", "2024-02-29+02:00", "2024-02-29", ["READ-DATE"]),
    ("dateTime", "2024-02-29T12:00:00", "2024-02-29T12:00:00Z", ["READ-ZONE"]),
    ("dateTime", "2024-02-29T12:00:00.5", "2024-02-29T12:00:00.5Z", ["READ-ZONE"]),
    ("boolean", "TRUE", True, ["READ-CASE"]),
    ("boolean", " False ", False, ["READ-BLANKS", "READ-CASE"]),
    ("integer", " 1 ", 1, ["READ-BLANKS"]),
    ("decimal", " 1.0 ", "1.0", ["READ-BLANKS"]),
    ("base64", " JVBE\r\nRg== ", b"%PDF", ["READ-BASE64"]),
]


@pytest.mark.parametrize(("kind", "text", "value", "told"), TOLERATED)
def test_an_unambiguous_value_is_normalised_and_told(
    kind: str, text: str, value: object, told: list[str]
) -> None:
    assert read(KINDS[kind].read, text) == (value, told)


REFUSED = [
    ("uuid", ""),
    ("uuid", UUID[:-1]),
    ("uuid", UUID.replace("-", "")),
    ("uuid", f"urn:oid:{UUID}"),
    ("uuid-urn", "urn:uuid:"),
    ("date", ""),
    ("date", "2023-02-29"),
    ("date", "29.02.2024"),
    ("date", "2024-02-29T00:00:00Z"),
    ("date", "٢٠٢٤-٠٢-٢٩"),
    ("dateTime", ""),
    ("dateTime", "2024-02-29"),
    ("dateTime", "2024-02-30T00:00:00Z"),
    ("dateTime", "2024-02-29T25:00:00Z"),
    ("dateTime", "2024-02-29T24:00:01Z"),
    ("dateTime", "2024-02-29T12:00:00.Z"),
    ("dateTime", "2024-02-29T12:00:00.1234567890Z"),
    ("dateTime", "2024-02-29T12:00:00+15:00"),
    ("dateTime", "2024-02-29T12:00:00.٣Z"),
    ("boolean", ""),
    ("boolean", "yes"),
    ("boolean", "2"),
    ("integer", ""),
    ("integer", "1.0"),
    ("integer", "1" * 19),
    ("integer", "1_000"),
    ("integer", "٣"),
    ("decimal", "٣"),
    ("decimal", ""),
    ("decimal", "."),
    ("decimal", "1,5"),
    ("decimal", "1e3"),
    ("decimal", "NaN"),
    ("base64", "JVBERg"),
    ("base64", "JVBERg==AA=="),
    ("base64", "JVBE*A=="),
    ("base64", "Größe"),
]


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_a_value_that_means_nothing_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError):
        read(KINDS[kind].read, text)


@pytest.mark.parametrize(("kind", "text"), [row for row in REFUSED if len(row[1]) > 1])
def test_a_refusal_in_our_words_never_quotes_the_value(kind: str, text: str) -> None:
    with pytest.raises(ValueError) as caught:
        read(KINDS[kind].read, text)
    sentence = str(caught.value)
    assert not sentence.startswith("this is") or text not in sentence


@pytest.mark.parametrize(("kind", "text", "value"), ACCEPTED)
def test_what_was_read_is_written_so_that_it_reads_the_same(
    kind: str, text: str, value: object
) -> None:
    assert type(value) is KINDS[kind].type
    assert read(KINDS[kind].read, KINDS[kind].write(value)) == (value, [])


SR = sr_uri_reader("https://sr.example/", ("https://old.example/", "http://sr.example/"))


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("https://sr.example/a", "https://sr.example/a", []),
        ("https://old.example/a", "https://sr.example/a", ["READ-HOST"]),
        (" http://sr.example/a", "https://sr.example/a", ["READ-BLANKS", "READ-HOST"]),
        ("https://other.example/a", "https://other.example/a", []),
        ("https://old.example.evil/a", "https://old.example.evil/a", []),
    ],
)
def test_published_hosts_become_the_canonical_one(text: str, value: str, told: list[str]) -> None:
    assert read(SR, text) == (value, told)


CODES = frozenset({"EN", "DE", "EDM:ERR:0001", "Aa", "aA"})


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("EN", "EN", []),
        ("en", "EN", ["READ-CODE"]),
        (" EN ", "EN", ["READ-BLANKS"]),
        ("urn:list:de", "DE", ["READ-CODE"]),
        ("https://example.test/language/DE", "DE", ["READ-CODE"]),
        ("edm:err:0001", "EDM:ERR:0001", ["READ-CODE"]),
        ("AA", "AA", ["READ-CODE-UNKNOWN"]),
        ("Aa", "Aa", []),
        ("XX", "XX", ["READ-CODE-UNKNOWN"]),
        ("", "", ["READ-CODE-UNKNOWN"]),
    ],
)
def test_a_code_of_a_closed_list(text: str, value: str, told: list[str]) -> None:
    assert read(code_reader(CODES, closed=True), text) == (value, told)


@pytest.mark.parametrize(
    ("codes", "text", "value", "told"),
    [
        (CODES, "XX", "XX", []),
        (CODES, "en", "EN", ["READ-CODE"]),
        (frozenset(), "x:EN", "x:EN", []),
    ],
)
def test_an_open_list_has_no_unknown_codes(
    codes: frozenset[str], text: str, value: str, told: list[str]
) -> None:
    assert read(code_reader(codes, closed=False), text) == (value, told)
