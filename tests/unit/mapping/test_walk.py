"""The walk: which rows take what, what fills the rest, and what the account says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.mapping.translate import Translation, translate
from bridge.message import Group, Message, group
from tests.mapping_worlds import (
    TABLES,
    bare_context,
    edm_versions,
    exchange,
    national_version,
    shipped,
)

NATIONAL = national_version()
FOLDER = NATIONAL.replace("-", "/")
OLD, NEW = edm_versions()[0], edm_versions()[-1]


def edm_message(edm: str, name: str) -> Message:
    return shipped(f"edm/{edm.removeprefix('edm-')}/{name}")


def changed(message: Message, **fields: Any) -> Message:
    values = {
        name: value for name, value in {**message.fields, **fields}.items() if value is not None
    }
    return replace(message, fields=group(values))


def to_national(message: Message) -> Translation:
    return translate(message, TABLES, bare_context(), NATIONAL, table="document")


def lost(result: Translation, start: str) -> dict[str, str]:
    return {entry.path: entry.reason for entry in result.lost if entry.path.startswith(start)}


@pytest.mark.parametrize("edm", edm_versions())
def test_a_single_group_of_the_target_takes_one_item_and_the_others_are_lost(edm: str) -> None:
    request = edm_message(edm, "request-small")
    first = request.fields["EvidenceRequester"][0]
    second = Group({**first, "Identifier": Group({**first["Identifier"], "value": "2nd"})})

    result = to_national(changed(request, EvidenceRequester=(first, second)))

    requesters = result.message.fields["EvidenceRequester"]
    assert [a["Identifier"]["value"] for a in requesters if a["Classification"] == "ER"] == [
        first["Identifier"]["value"]
    ]
    assert "EvidenceRequester[2]/Identifier/value" in lost(result, "EvidenceRequester[2]")


def test_an_absent_source_leaves_room_for_the_default_and_that_is_told() -> None:
    result = to_national(changed(edm_message(OLD, "request-full"), lang=None))
    assert result.message.fields["lang"] == "en"
    assert "lang" in {given.path for given in result.defaulted}


def test_a_default_gives_way_to_the_source() -> None:
    result = to_national(changed(edm_message(OLD, "request-full"), lang="DE"))
    assert result.message.fields["lang"] == "de"
    assert "lang" not in {given.path for given in result.defaulted}


def test_a_constant_creates_no_optional_group() -> None:
    request = shipped(f"{FOLDER}/0301-full")
    result = translate(request, TABLES, exchange(NEW), NEW, kind="QueryRequest", table="document")
    assert "NaturalPerson" in result.message.fields
    assert "LegalPerson" not in result.message.fields


@pytest.mark.parametrize(("formats", "priorities"), [(1, [None]), (2, [1, 2])])
def test_a_position_is_written_only_where_there_are_several(
    formats: int, priorities: list[int | None]
) -> None:
    request = edm_message(NEW, "request-small")
    evidence = request.fields["EvidenceRequest"]
    wanted = ({"Format": "application/pdf"}, {"Format": "application/json"})[:formats]
    result = to_national(changed(request, EvidenceRequest={**evidence, "DistributedAs": wanted}))
    listed = result.message.fields.at("Query/RequestedEvidenceType/DistributedAs")[
        "PrioritizedFormat"
    ]
    assert [item.get("Priority") for item in listed] == priorities


def test_a_row_whose_condition_does_not_hold_loses_its_source_with_the_reason() -> None:
    request = edm_message(NEW, "request-full")
    name = next(n for n in ("NaturalPerson", "LegalPerson") if n in request.fields)
    address = "CurrentAddress" if name == "NaturalPerson" else "RegisteredAddress"
    person = Group({k: v for k, v in request.fields[name].items() if k != address})
    abroad = Group({**person, address: Group({"FullAddress": "Somewhere 1"})})
    result = to_national(changed(request, **{name: abroad}))
    assert set(lost(result, f"{name}/{address}")) == {f"{name}/{address}/FullAddress"}


def test_control_data_counts_as_used_without_a_target() -> None:
    result = to_national(edm_message(NEW, "request-full"))
    used = {entry.path: entry for entry in result.mapped if not entry.target}
    assert used["ExplicitRequestGiven"].row == "request.explicit"


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda name: name, False, id="the same"),
        pytest.param(str.upper, False, id="other case"),
        pytest.param(lambda name: f" {name} ", False, id="blanks"),
        pytest.param(lambda name: f"{name}x", True, id="another name"),
    ],
)
def test_the_person_of_the_answer_must_be_the_person_of_the_request(
    change: Callable[[str], str], told: bool, edm: str
) -> None:
    context = exchange(edm)
    request = context.messages["request"]
    person = request.fields["NaturalPerson"]
    family = Group({"value": change(person["FamilyName"]["value"])})
    other = changed(request, NaturalPerson={**person, "FamilyName": family})
    answer = shipped(f"{FOLDER}/0302-full")

    result = translate(answer, TABLES, context.with_messages(request=other), edm, table="document")

    found = [f.id for f in result.findings if f.id.startswith("COMPARE") and "family" in f.id]
    assert bool(found) is told
    assert result.refused is told
    assert all(family["value"] not in f.message for f in result.findings)


def test_of_the_context_only_the_named_members_are_taken() -> None:
    context = exchange(NEW)
    result = translate(shipped(f"{FOLDER}/0302-full"), TABLES, context, NEW, table="document")
    assert set(result.message.fields["EvidenceRequester"]) == {"Identifier", "Name"}
    about = result.message.fields.at(
        "RegistryObjectList/RegistryPackage/RegistryObject/EvidenceMetadata/IsAbout"
    )
    assert set(about["NaturalPerson"]) <= {
        "Identifier",
        "FamilyName",
        "GivenName",
        "DateOfBirth",
        "PlaceOfBirth",
    }


@pytest.mark.parametrize("edm", edm_versions())
def test_several_answers_become_one_message_and_keep_their_order(edm: str) -> None:
    first = edm_message(edm, "response-abroad-full")
    second = edm_message(edm, "response-abroad-small")
    kind = "DE.GetEvidenceResponse.0412"
    result = translate(
        [first, second], TABLES, exchange(edm), NATIONAL, kind=kind, table="document"
    )
    single = [
        translate(one, TABLES, exchange(edm), NATIONAL, kind=kind, table="document").message.fields
        for one in (first, second)
    ]
    names = [r["EvidenceProvider"][0]["Name"] for r in result.message.fields["EvidenceResponse"]]
    assert names == [one["EvidenceResponse"][0]["EvidenceProvider"][0]["Name"] for one in single]
    assert {entry.path[:3] for entry in result.mapped} == {"[1]", "[2]"}
