"""Texts that tables show to people: in both languages, in the target's characters, not too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.mapping.evidence_laws import LANGUAGES, MOST_TEXT
from bridge.mapping.latin import Latin


def titles(texts: Mapping[str, str], where: str, latin: Latin) -> Iterator[str]:
    """What is wrong with the titles of a table or list of codes; each language has one."""
    for language in LANGUAGES:
        text = str(texts.get(language, ""))
        if not text.strip():
            yield f"{where}: the title lacks the language '{language}'"
        if len(text) > MOST_TEXT:
            yield f"{where}: the title in '{language}' is longer than {MOST_TEXT} characters"
        if latin.repair(text)[1]:
            yield f"{where}: a letter of the title in '{language}' is outside String.Latin"
