"""When an answer says what was asked: spelling, script, host and country of an address."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.mapping.alike import alike
from tests.mapping_worlds import TABLES

OLD_HOST = "https://sr.oots.tech.europa.eu/evidencetypeclassifications"
HOST = "https://sr.oots.tech.ec.europa.eu/evidencetypeclassifications"
TYPE, OTHER = "5e4bd6d4-6a8e-4c0b-9a25-1f6d2c3b7a11", "8c1d7f02-3b9a-4f56-8e21-7d4a5b6c9e22"

SAME = {
    "the same text": ("Kask", "Kask"),
    "other case and blanks": ("Mari  Liis", " MARI LIIS"),
    "composed and decomposed": ("J\u00fcrgen", "Ju\u0308rgen"),
    "Greek and its transliteration": ("Ουρανία", "Ourania"),
    "Cyrillic and its transliteration": ("Пример", "Primer"),
    "Greek as it was asked": ("Ουρανία", "Ουρανία"),
    "a typographic apostrophe and a plain one": ("O\u2019Neill", "O'Neill"),
    "an entry on the other host": (f"{OLD_HOST}/DE/{TYPE}", f"{HOST}/DE/{TYPE}"),
    "an entry without its country": (f"{HOST}/DE/{TYPE}", f"{HOST}/ec/{TYPE}"),
    "an entry of the test world": (f"{HOST}/oots/{TYPE}", f"{HOST}/DE/{TYPE}"),
    "an entry in capitals": (f"{HOST}/DE/{TYPE}", f"{HOST}/DE/{TYPE.upper()}"),
    "no text": (True, True),
}
DIFFERENT = {
    "another text": ("Kask", "Tamm"),
    "another transliteration": ("Ουρανία", "Olympia"),
    "nothing": ("Kask", ""),
    "letters that no table knows": ("王", ""),
    "another entry": (f"{HOST}/DE/{TYPE}", f"{HOST}/DE/{OTHER}"),
    "another entry without its country": (f"{HOST}/DE/{TYPE}", f"{HOST}/ec/{OTHER}"),
    "another country": (f"{HOST}/DE/{TYPE}", f"{HOST}/FI/{TYPE}"),
    "an entry and a text": (f"{HOST}/DE/{TYPE}", "Kask"),
    "nothing asked": (None, "Kask"),
    "no text": (True, False),
}


@pytest.mark.parametrize(("asked", "said"), SAME.values(), ids=SAME)
def test_an_answer_says_what_was_asked(asked: Any, said: Any) -> None:
    assert alike(asked, said, TABLES.latin)


@pytest.mark.parametrize(("asked", "said"), DIFFERENT.values(), ids=DIFFERENT)
def test_an_answer_says_something_else(asked: Any, said: Any) -> None:
    assert not alike(asked, said, TABLES.latin)
