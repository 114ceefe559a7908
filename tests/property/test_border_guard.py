"""National identifiers never leave towards the EU, wherever they are planted (NOOTS 8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from html import unescape
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bridge.errors import IncompleteMessage, LocalFault
from bridge.finding import Severity
from bridge.mapping.spelling import is_idnr
from bridge.mapping.translate import Translation, translate, write
from bridge.message import Group, Message
from bridge.xml.nodes import Leaf
from tests.fixture_files import CATALOGUE, messages, name_of
from tests.mapping_worlds import TABLES, edm_versions, exchange, national_version, shipped

IDNR: Final = "12345678903"
TOKEN: Final = "eyJmade.upTOKEN-0815.4711"
CONVERSATION: Final = "7c1e0a44-93b2-4f6d-8a55-0d9e1b2c3f47"
SECRETS: Final = {"IDNr": IDNR, "IssuedToken": TOKEN, "ConversationID": CONVERSATION}
SPELLINGS: Final = {
    "as it is": "{0}",
    "in the middle of a text": "Nr. {0}, bitte",
    "in brackets": "({0})",
    "markup around it": "<{0}>&",
    "in German quotes": "„{0}“",
}
GROUPED: Final = {
    "in groups": "12 345 678 903",
    "with full stops": "12.345.678.903",
    "with hyphens": "12-345-678-903",
    "with slashes": "12/345/678/903",
    "with hard blanks": "12\u00a0345\u00a0678\u00a0903",
    "with line ends": "12\n345\n678\n903",
}
ONLY_WHEN_KNOWN: Final = {
    "in other groups": "1234 5678 903",
    "spaced out": "1 2 3 4 5 6 7 8 9 0 3",
    "with two blanks": "12345  678903",
}
PLANTED: Final = ("string", "text", "token", "uri")
KINDS: Final = {
    "DE.EvidenceRequest.0301": "0301",
    "DE.EvidenceOrder.0401": "0401",
    "DE.EvidenceResponse.0302": "0302",
}
SOURCES: Final = [
    name_of(path)
    for number in KINDS.values()
    for path in messages("xnachweis", stem=f"{number}-*")
    if path.stem.endswith(("full", "extreme", "extreme-legal", "small", "structured"))
]


def is_text(message: Message, path: str) -> bool:
    shape = CATALOGUE.binding(message.head.standard).message(message.head.kind).shape
    found = shape.find(re.sub(r"\[\d+\]", "", path))
    return found is not None and isinstance(found.of, Leaf) and found.of.kind in PLANTED


@cache
def places(name: str) -> tuple[str, ...]:
    message = shipped(name)
    guarded = TABLES.guard.guards
    return tuple(
        path
        for path, _value in message.fields.leaves()
        if is_text(message, path) and guarded(path) is None
    )


def planted(message: Message, values: dict[str, str]) -> Message:
    def walk(value: Any, path: str) -> Any:
        if isinstance(value, Group):
            return Group(
                (name, walk(inner, f"{path}/{name}" if path else name))
                for name, inner in value.items()
            )
        if isinstance(value, tuple):
            return tuple(walk(item, f"{path}[{n}]") for n, item in enumerate(value, 1))
        return values.get(path, value)

    return replace(message, fields=walk(message.fields, ""))


def persons(message: Message) -> Iterator[str]:
    """The groups of natural persons, in which an IDNr may stand."""
    for path, _value in message.fields.leaves():
        if path.endswith("FamilyName/value"):
            yield path.removesuffix("/FamilyName/value")


def with_secret(message: Message, name: str, value: str) -> Message:
    """The message with a guarded value in the field that it belongs in."""
    if name == "IDNr":
        for person in persons(message):
            message = _set(message, f"{person}/IDNr", value)
    elif name == "IssuedToken" and "0302" not in message.head.kind:
        message = _set(message, "IssuedToken", value)
    return message


def _set(message: Message, path: str, value: str) -> Message:
    def walk(group: Group, steps: list[str]) -> Group:
        name, _, rest = steps[0].partition("[")
        if len(steps) == 1:
            return Group({**group, name: value})
        inner = group[name]
        if rest:
            index = int(rest.rstrip("]")) - 1
            items = list(inner)
            items[index] = walk(items[index], steps[1:])
            return Group({**group, name: tuple(items)})
        return Group({**group, name: walk(inner, steps[1:])})

    return replace(message, fields=walk(message.fields, path.split("/")))


def towards_eu(message: Message, edm: str, known: dict[str, str] | None = None) -> Translation:
    context = exchange(edm)
    if known:
        context = context.with_values(session={**context.values["session"], **known})
    return translate(message, TABLES, context, edm, table="document")


def outgoing(result: Translation) -> str:
    """What leaves: the octets as text without markup in values, and the titles of documents."""
    titles = " ".join(attachment.title for attachment in result.message.attachments)
    return unescape(write(result, TABLES).decode("utf-8")) + titles


def squeezed(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text).lower()


def stays_inside(message: Message, edm: str, secret: str, known: dict[str, str]) -> None:
    result = towards_eu(message, edm, known)
    if any(f.id.startswith("BORDER") and f.severity is Severity.FATAL for f in result.findings):
        return
    try:
        text = outgoing(result)
    except LocalFault:  # not written at all: a BorderViolation, or something mandatory is missing
        return
    assert squeezed(secret) not in squeezed(text)


EXAMPLES = settings(
    max_examples=25,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def test_the_planted_number_has_the_form_of_an_idnr() -> None:
    assert is_idnr(IDNR)


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("name", SOURCES)
def test_without_a_planted_value_nothing_is_refused(name: str, edm: str) -> None:
    result = towards_eu(shipped(name), edm)

    assert not [f for f in result.findings if f.id.startswith("BORDER")]
    with suppress(IncompleteMessage):  # extreme messages may lack what the other side demands
        write(result, TABLES)


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("name", SOURCES)
@EXAMPLES
@given(data=st.data())
def test_a_known_value_planted_anywhere_stays_inside(
    name: str, edm: str, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(sorted(SECRETS)))
    path = data.draw(st.sampled_from(places(name)))
    value = SECRETS[kind]
    spelled = data.draw(st.sampled_from(sorted(SPELLINGS.values()))).format(value)
    if kind == "IDNr":
        forms = [spelled, *GROUPED.values(), *ONLY_WHEN_KNOWN.values()]
        spelled = data.draw(st.sampled_from(sorted(forms)))
    message = with_secret(planted(shipped(name), {path: spelled}), kind, value)

    stays_inside(
        message, edm, value, {} if kind == "IDNr" and _has(message, value) else {kind: value}
    )


def _has(message: Message, value: str) -> bool:
    return any(value == found for path, found in message.fields.leaves() if path.endswith("IDNr"))


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("name", SOURCES)
@EXAMPLES
@given(data=st.data())
def test_an_unknown_number_of_the_form_of_an_idnr_planted_in_a_text_stays_inside(
    name: str, edm: str, data: st.DataObject
) -> None:
    exempt = tuple(TABLES.guard.exempt)
    path = data.draw(st.sampled_from([p for p in places(name) if not _exempt(p, exempt)]))
    forms = [text.format(IDNR) for text in SPELLINGS.values()] + list(GROUPED.values())
    message = planted(shipped(name), {path: data.draw(st.sampled_from(sorted(forms)))})

    stays_inside(message, edm, IDNR, {})


def _exempt(path: str, exempt: tuple[str, ...]) -> bool:
    plain = re.sub(r"\[\d+\]", "", path)
    return any(plain.endswith(name.rpartition("/")[0] or name) for name in exempt) or any(
        plain.endswith(name.replace("LegalPhoneNumber", "PhoneNumber")) for name in exempt
    )


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("name", SOURCES)
def test_planted_everywhere_at_once_nothing_passes(name: str, edm: str) -> None:
    message = with_secret(shipped(name), "IDNr", IDNR)
    message = planted(message, dict.fromkeys(places(name), f"Nr. {IDNR}"))

    stays_inside(message, edm, IDNR, {"IDNr": IDNR})


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("spelled", [IDNR, *GROUPED.values()], ids=["plain", *GROUPED])
def test_a_title_of_a_document_is_cleaned_and_the_rest_goes_out(edm: str, spelled: str) -> None:
    name = f"xnachweis/{national_version().removeprefix('xnachweis-')}/0302-full"
    titles = [path for path in places(name) if path.endswith("EvidenceMetadata/Title")]
    message = planted(shipped(name), dict.fromkeys(titles, f"Auszug {spelled} neu"))

    result = towards_eu(message, edm)

    assert not result.refused
    assert titles
    assert squeezed(IDNR) not in squeezed(outgoing(result))
    assert "Auszug […] neu" in outgoing(result)
    assert [lost.row for lost in result.lost].count("border-guard") == len(titles)
