"""The eyes of the border guard: an IDNr is seen in every spelling, chance digits are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.spelling import is_idnr, numbers, secrets_in

IDNR = "12345678903"

SEEN = {
    "plain": IDNR,
    "in groups": "12 345 678 903",
    "other groups": "123 456 789 03",
    "hyphens": "12-345-678-903",
    "hard hyphens": "12\u2011345\u2011678\u2011903",
    "two blanks": "12  345  678  903",
    "a blank after every digit": " ".join(IDNR),
    "underscores": "12_345_678_903",
    "commas": "12,345,678,903",
    "announced without a blank": f"IDNr{IDNR}",
    "announced in another case": f"STEUERID{IDNR}",
    "after another number": f"1. {IDNR}",
    "before another number": f"{IDNR}, 10115",
    "full width": "".join(chr(0xFF10 + int(digit)) for digit in IDNR),
    "Arabic digits": "".join(chr(0x0660 + int(digit)) for digit in IDNR),
    "Devanagari digits": "".join(chr(0x0966 + int(digit)) for digit in IDNR),
    "circled digits": "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(digit)] for digit in IDNR),
    "zero width spaces": "\u200b".join(IDNR),
    "soft hyphens": "12345\u00ad678903",
}

NOT_SEEN = {
    "wrong check digit": "12345678901",
    "leading zero": "01234567890",
    "too long": f"{IDNR}4",
    "a time with nine digits": "2026-11-23T09:15:45.123456789Z",
    "a UUID": "12345678-9031-4abc-8def-123456789031",
    "a content id": "12345678903a4b5c8d7e6f5a4b3c2d1e@bridge.example",
    "a VAT number": f"IT{IDNR}",
    "a mark with a letter behind": f"{IDNR}B",
    "a type approval number": "e1*2007/46*0000*01",
    "parts of a time": "12:34:56 78903",
}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_an_idnr_is_seen(text: str) -> None:
    (place,) = numbers(text)
    assert place.start >= 0
    assert place.end <= len(text)


@pytest.mark.parametrize("text", NOT_SEEN.values(), ids=NOT_SEEN)
def test_what_only_holds_such_digits_is_not_seen(text: str) -> None:
    assert list(numbers(text)) == []


@given(st.text(max_size=8), st.text(max_size=8), st.sampled_from(sorted(SEEN)))
def test_a_known_value_is_seen_in_whatever_text_it_stands(
    before: str, after: str, spelling: str
) -> None:
    text = f"{before}{SEEN[spelling]}{after}"
    assert any(True for _ in secrets_in(text, frozenset({IDNR})))


@given(st.integers(min_value=10**10, max_value=10**11 - 1))
def test_every_number_of_the_form_is_seen(number: int) -> None:
    assert bool(list(numbers(str(number)))) is is_idnr(str(number))
