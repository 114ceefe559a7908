"""What older versions cannot say, or say in another way, on the way between the two sides."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bridge.errors import UnknownDocument
from bridge.finding import Severity
from bridge.mapping.translate import Translation, compose, translate, write
from bridge.message import Group, Message
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, messages, name_of
from tests.mapping_worlds import (
    SCHEMA,
    TABLES,
    edm_versions,
    exchange,
    national_versions,
    shipped,
)

FIRST, LATER = "edm-1.0", [name for name in edm_versions() if name != "edm-1.0"]
OLD, NEW = "xnachweis-1.2.0", "xnachweis-1.4"
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def sent(
    name: str | Message, to: str, edm: str = "", national: str = "", **kinds: str
) -> Translation:
    """Translate a shipped or given message within an exchange of two versions."""
    message = shipped(name) if isinstance(name, str) else name
    both = (message.head.standard, to)
    edm = edm or next(s for s in both if s.startswith("edm-"))
    national = national or next(s for s in both if s.startswith("xnachweis-"))
    context = exchange(edm, national=national)
    return translate(message, TABLES, context, to, table="document", **kinds)


def changed(message: Message, path: str, value: Any) -> Message:
    """The same message with one member replaced."""

    def put(group: Group, names: list[str]) -> Group:
        name, *rest = names
        return Group({**group, name: put(group[name], rest) if rest else value})

    return replace(message, fields=put(message.fields, path.split("/")))


def lost(result: Translation, path: str) -> str:
    """Why what stood at a path is lost."""
    return next((entry.reason for entry in result.lost if entry.path == path), "")


def folder(standard: str) -> str:
    return standard.replace("-", "/", 1)


# --- every version with every other ---------------------------------------------------------------

REQUESTS = [name_of(path) for path in messages("edm", stem="request-*")]
ORGANISATIONS = re.compile(r"edm/(?!1\.0).*request-extreme-legal")


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("name", REQUESTS)
def test_every_shipped_request_becomes_a_valid_0301_of_every_version(
    name: str, national: str
) -> None:
    result = sent(name, national)
    assert result.refused is (national == OLD and bool(ORGANISATIONS.match(name)))
    document = parse(write(result, TABLES))
    assert SCHEMA(document, CATALOGUE.binding(national)) == ()
    assert CATALOGUE.read(document).findings == ()


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("name", ["0303-full", "0303-extreme", "0303-0002", "0303-0009"])
def test_errors_of_a_register_become_valid_exceptions_of_every_version(
    name: str, national: str, edm: str
) -> None:
    result = sent(f"{folder(national)}/{name}", edm)
    assert not result.refused
    document = parse(write(result, TABLES))
    assert SCHEMA(document, CATALOGUE.binding(edm)) == ()
    assert CATALOGUE.read(document).findings == ()


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("national", national_versions())
def test_an_order_of_every_version_asks_in_the_version_that_the_peer_speaks(
    national: str, edm: str
) -> None:
    order = shipped(f"{folder(national)}/0401-full")
    number = Group({"value": "FI/DE/999999900", "schemeID": "eidas"})
    path = "Query/LegalOrNaturalPerson/LegalPerson/LegalPersonIdentifier"
    result = sent(changed(order, path, number), edm)
    assert not result.refused
    document = parse(write(result, TABLES))
    assert SCHEMA(document, CATALOGUE.binding(edm)) == ()
    assert result.message.head.standard == edm


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("pair", ["order-response", "get-evidence"])
def test_what_we_compose_for_a_german_authority_is_valid_in_its_version(
    pair: str, national: str
) -> None:
    result = compose(pair, TABLES, exchange(LATER[-1], national=national), national)
    document = parse(write(result, TABLES))
    assert SCHEMA(document, CATALOGUE.binding(national)) == ()


# --- EDM 1.0 --------------------------------------------------------------------------------------


def test_an_organisation_that_represents_cannot_be_told_to_the_first_version() -> None:
    result = sent(f"{folder(NEW)}/0301-extreme-legal", FIRST)
    (found,) = (f for f in result.findings if f.id == "EDM:ERR:0007")
    assert found.severity is Severity.FATAL
    assert found.location == "Query/AuthorizedRepresentative/AuthorizedRepresentativeLegalPerson"
    assert result.refused
    assert not sent(f"{folder(NEW)}/0301-full", FIRST).refused


@pytest.mark.parametrize(
    ("edm", "host", "models"),
    [
        pytest.param(FIRST, "https://sr.oots.tech.europa.eu/", "distributions", id="first"),
        *[
            pytest.param(edm, "https://sr.oots.tech.ec.europa.eu/", "datamodels", id=edm)
            for edm in LATER
        ],
    ],
)
@pytest.mark.parametrize("national", national_versions())
def test_addresses_are_spelt_as_the_version_of_the_peer_spells_them(
    edm: str, host: str, models: str, national: str
) -> None:
    objects = sent(f"{folder(national)}/0302-structured", edm).message.fields
    evidence = dict(objects.leaves())
    (model,) = (v for p, v in evidence.items() if p.endswith("Distribution/ConformsTo"))
    (kind,) = (v for p, v in evidence.items() if p.endswith("EvidenceTypeClassification"))
    assert re.fullmatch(f"{host}{models}/[a-z0-9.-]+", model)
    assert re.fullmatch(f"{host}evidencetypeclassifications/DE/{UUID}", kind)


@pytest.mark.parametrize("host", ["sr.oots.tech.europa.eu", "sr.oots.tech.ec.europa.eu"])
@pytest.mark.parametrize(
    ("national", "country", "models"),
    [(NEW, "DE", "datamodels"), (OLD, "ec", "distributions")],
)
def test_both_hosts_of_the_first_version_are_understood(
    host: str, national: str, country: str, models: str
) -> None:
    octets = CATALOGUE.write(shipped("edm/1.0/request-full"))
    octets = octets.replace(b"sr.oots.tech.europa.eu", host.encode())
    asked = sent(CATALOGUE.read(parse(octets)).message, national)
    wanted = asked.message.fields["Query"]["RequestedEvidenceType"]
    start = f"https://sr.oots.tech.ec.europa.eu/evidencetypeclassifications/{country}/"
    assert wanted["EvidenceTypeClassification"].startswith(start)
    assert f"/{models}/" in wanted["DistributedAs"]["ConformsTo"]


def test_a_requirement_with_a_urn_is_the_same_requirement() -> None:
    request = shipped("edm/1.0/request-full")
    address = request.fields["Requirements"][0].at("Identifier/value")
    number = address.rpartition("/")[2]
    octets = CATALOGUE.write(request).replace(number.encode(), f"urn:uuid:{number}".encode(), 1)
    reading = CATALOGUE.read(parse(octets))
    assert reading.findings == ()
    purpose = sent(reading.message, NEW).message.fields["Verarbeitungszweck"]
    assert purpose == sent(request, NEW).message.fields["Verarbeitungszweck"]


def test_a_name_in_another_script_is_transliterated_and_kept_beside() -> None:
    request = shipped("edm/1.0/request-extreme")
    spelt = request.fields.at("NaturalPerson/FamilyName/value")
    name = sent(request, NEW).message.fields.at(
        "Query/LegalOrNaturalPerson/NaturalPerson/FamilyName"
    )
    assert name["nonLatin"] == spelt and not spelt.isascii()
    assert TABLES.latin.repair(name["value"]) == (name["value"], False)


@pytest.mark.parametrize(
    ("edm", "national"), [(FIRST, NEW), (LATER[0], OLD), (LATER[-1], OLD), (FIRST, OLD)]
)
def test_the_original_spelling_is_lost_with_its_reason_where_it_has_no_place(
    edm: str, national: str
) -> None:
    name = f"{folder(NEW)}/0301-extreme"
    if national == OLD:
        name = f"{folder(edm)}/request-extreme"
    result = sent(name, edm if national == NEW else national, edm, national)
    paths = [entry for entry in result.lost if entry.path.endswith("FamilyName/nonLatin")]
    assert all("original spelling" in entry.reason for entry in paths)
    assert bool(paths) is (edm != FIRST or national == NEW)


def test_the_only_agent_without_classification_is_the_requester() -> None:
    request = shipped("edm/1.0/request-small")
    (agent,) = request.fields["EvidenceRequester"]
    bare = Group({name: value for name, value in agent.items() if name != "Classification"})
    result = sent(changed(request, "EvidenceRequester", (bare,)), NEW)
    roles = [a["Classification"] for a in result.message.fields["EvidenceRequester"]]
    assert roles == ["ER", "IP"]


def test_one_exception_goes_to_the_first_version_and_the_others_are_lost() -> None:
    result = sent(f"{folder(NEW)}/0303-extreme", FIRST)
    assert len(result.message.fields["Exception"]) == 1
    assert "one exception" in lost(result, "Exception[2]/Code")
    assert len(sent(f"{folder(NEW)}/0303-extreme", LATER[0]).message.fields["Exception"]) > 1


@pytest.mark.parametrize("edm", edm_versions())
def test_a_preview_is_demanded_with_the_severity_and_method_of_the_version(edm: str) -> None:
    result = compose("preview-required", TABLES, exchange(edm), edm)
    (exception,) = result.message.fields["Exception"]
    host = "sr.oots.tech.europa.eu" if edm == FIRST else "sr.oots.tech.ec.europa.eu"
    assert exception["severity"].startswith(f"urn:{host}:codes:ErrorSeverity:")
    assert exception.get("PreviewMethod") == (None if edm == edm_versions()[-1] else "GET")
    assert SCHEMA(parse(write(result, TABLES)), CATALOGUE.binding(edm)) == ()


def test_an_identifier_without_nine_characters_does_not_go_to_the_first_version() -> None:
    person = "Query/LegalOrNaturalPerson/NaturalPerson"
    inquiry = shipped(f"{folder(NEW)}/0301-full")
    short = Group({"value": "EE/DE/1234567-8", "schemeID": "eidas"})
    result = sent(changed(inquiry, f"{person}/Identifier", short), FIRST)
    assert "nine" in lost(result, f"{person}/Identifier/value")
    assert "Identifier" not in result.message.fields["NaturalPerson"]
    assert not result.refused


def test_an_organisation_without_such_an_identifier_is_refused() -> None:
    result = sent(f"{folder(NEW)}/0401-full", FIRST)
    assert [f.id for f in result.findings if f.severity is Severity.FATAL] == ["EIDAS-FORM"]


# --- XNachweis 1.2.0 ------------------------------------------------------------------------------


@pytest.mark.parametrize("edm", LATER)
def test_an_organisation_that_represents_cannot_be_told_to_an_old_register(edm: str) -> None:
    result = sent(f"{folder(edm)}/request-extreme-legal", OLD)
    assert [f.id for f in result.findings if f.severity is Severity.FATAL] == ["EDM:ERR:0007"]


def test_younger_fields_of_a_person_are_lost_with_their_reason() -> None:
    result = sent("edm/1.2/request-full", OLD)
    assert "no field" in lost(result, "NaturalPerson/Nationality[1]")


def test_an_old_request_has_an_id_of_its_own_that_answers_quote() -> None:
    context = exchange("edm-1.2", national=OLD)
    asked = context.messages["inquiry"]
    answer = translate(
        shipped("edm/1.2/exception-full"),
        TABLES,
        context,
        OLD,
        kind="DE.EvidenceErrorResponse.0303",
        table="document",
    )
    assert answer.message.fields["requestid"] == asked.fields["id"]
    assert asked.fields["id"] != f"urn:uuid:{asked.head.id}"


def test_an_unlisted_scheme_travels_behind_the_prefix_of_the_list_and_back() -> None:
    bare = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:DE"
    here = compose("get-evidence", TABLES, exchange("edm-1.2", national=OLD), OLD)
    assert here.message.fields["ConversationID"].startswith("_")
    asked = sent("edm/1.2/request-full", OLD)
    scheme = asked.message.fields.at("EvidenceProvider/Identifier/schemeID")
    assert scheme == "urn:cef.eu:names:identifier:EAS:unregistered:DE"
    answer = shipped(f"{folder(OLD)}/0302-small")
    (provider, *rest) = answer.fields["EvidenceProvider"]
    named = Group({**provider, "Identifier": Group({"value": "x", "schemeID": scheme})})
    back = sent(changed(answer, "EvidenceProvider", (named, *rest)), "edm-1.2")
    assert back.message.fields.at("EvidenceProvider/Identifier/schemeID") == bare


@pytest.mark.parametrize("edm", edm_versions())
def test_several_answers_become_one_flat_result(edm: str) -> None:
    answers = [shipped(f"{folder(edm)}/response-abroad-{size}") for size in ("small", "full")]
    context = exchange(edm, national=OLD)
    result = translate(answers, TABLES, context, OLD, table="document")
    fields = result.message.fields
    roles = [agent["Classification"] for agent in fields["EvidenceProvider"]]
    assert sorted(set(roles)) == ["EP", "IP"] and roles.count("EP") == 2
    assert len(fields["EvidenceAvailability"]["RegistryObject"]) >= 2
    assert fields["getevidenceid"] == context.messages["get"].fields["id"]
    assert SCHEMA(parse(write(result, TABLES)), CATALOGUE.binding(OLD)) == ()


@pytest.mark.parametrize("first", ["small", "deferred"])
def test_evidence_goes_before_a_later_time_in_a_flat_result(first: str) -> None:
    sizes = [first, *({"small", "deferred"} - {first})]
    answers = [shipped(f"edm/1.2/response-abroad-{size}") for size in sizes]
    result = translate(answers, TABLES, exchange("edm-1.2", national=OLD), OLD, table="document")
    assert list(result.message.fields["EvidenceAvailability"]) == ["RegistryObject"]
    number = sizes.index("deferred") + 1
    assert "room for one of two" in lost(result, f"[{number}]ResponseAvailableDateTime")
    assert SCHEMA(parse(write(result, TABLES)), CATALOGUE.binding(OLD)) == ()


# --- versions that nobody described ---------------------------------------------------------------


@pytest.mark.parametrize("number", ["1.3", "1.5", "2.0"])
def test_a_version_without_a_published_namespace_is_an_unknown_version(number: str) -> None:
    octets = CATALOGUE.write(shipped(f"{folder(NEW)}/0401-small"))
    with pytest.raises(UnknownDocument) as refused:
        CATALOGUE.read(parse(octets.replace(b'_1.4"', f'_{number}"'.encode())))
    assert refused.value.code == "VERSION-UNKNOWN"
    assert NEW in str(refused.value.remedy)
