"""Every error code of both sides gets the code, type, message and severity of NOOTS 5.2, EDM 5.3."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.mapping.translate import compose, translate, write
from bridge.message import Group, Message
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import (
    SCHEMA,
    TABLES,
    edm_versions,
    exchange,
    national_version,
    national_versions,
    shipped,
)

ERROR = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
EDM_EXCEPTIONS = {
    "EDM:ERR:0001": ("rs:AuthenticationExceptionType", "Failed Authentication"),
    "EDM:ERR:0002": ("rs:AuthorizationExceptionType", "Missing Authorization"),
    "EDM:ERR:0003": ("rs:InvalidRequestExceptionType", "Syntactically or semantically invalid request"),
    "EDM:ERR:0004": ("rs:ObjectNotFoundExceptionType", "Object not found"),
    "EDM:ERR:0005": ("rs:TimeoutExceptionType", "Exceeding timeout period"),
    "EDM:ERR:0006": ("rs:UnresolvedReferenceExceptionType", "Referenced object that cannot be resolved"),
    "EDM:ERR:0007": ("rs:UnsupportedCapabilityExceptionType", "Optional feature or capability is not supported"),
    "EDM:ERR:0008": ("query:QueryExceptionType", "Invalid query syntax or semantics that must be corrected"),
}  # fmt: skip
TOWARDS_EU = {
    "EDM:ERR:0001": "EDM:ERR:0001",
    "EDM:ERR:0002": "EDM:ERR:0001",  # never 0002: the requester would look for a preview
    "EDM:ERR:0003": "EDM:ERR:0008",  # the bridge wrote the request
    "EDM:ERR:0004": "EDM:ERR:0004",
    "EDM:ERR:0005": "EDM:ERR:0005",
    "EDM:ERR:0006": "EDM:ERR:0006",
    "EDM:ERR:0007": "EDM:ERR:0007",
    "EDM:ERR:0008": "EDM:ERR:0008",
    "EDM:ERR:0009": "EDM:ERR:0008",
    "NOOTS:ERR:0100": "EDM:ERR:0001",
    "NOOTS:ERR:0200": "EDM:ERR:0004",
    "NOOTS:ERR:0201": "EDM:ERR:0003",
    "NOOTS:ERR:0202": "EDM:ERR:0004",
}
NATIONAL = national_version()
LISTS = CATALOGUE.binding(NATIONAL).lists
CODES = next(codes for codes in LISTS.values() if "NOOTS:ERR:0100" in codes.values)


def with_exceptions(message: Message, change: dict[str, object]) -> Message:
    exceptions = tuple(Group({**item, **change}) for item in message.fields["Exception"][:1])
    return replace(message, fields=Group({**message.fields, "Exception": exceptions}))


def test_the_table_knows_every_code_of_the_list() -> None:
    assert set(TOWARDS_EU) == set(CODES.values)


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("code", [*TOWARDS_EU, "NOOTS:ERR:9999"])
def test_a_national_error_becomes_the_edm_exception_of_its_code(
    code: str, edm: str, national: str
) -> None:
    secret = "Sachbearbeiterin Muster, Aktenzeichen 4711"
    answer = shipped(f"{national.replace('-', '/')}/0303-full")
    message = with_exceptions(answer, {"Code": code, "Detail": secret})

    result = translate(message, TABLES, exchange(edm, national=national), edm)

    [exception] = result.message.fields["Exception"]
    expected = TOWARDS_EU.get(code, "EDM:ERR:0008")
    assert exception["code"] == expected
    assert (exception["type"], exception["message"]) == EDM_EXCEPTIONS[expected]
    assert exception["severity"] == ERROR
    assert not {"PreviewLocation", "PreviewMethod", "PreviewDescription"} & set(exception)
    octets = write(result, TABLES)
    assert b"Muster" not in octets.replace(b"Musterweg", b"").replace(b"Musterstadt", b"")
    assert b"4711" not in octets
    document = parse(octets)
    assert SCHEMA(document, CATALOGUE.identify(document)[0]) == ()


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize(
    "kind", ["DE.EvidenceOrderErrorResponse.0403", "DE.GetEvidenceErrorResponse.0413"]
)
@pytest.mark.parametrize("code", [*EDM_EXCEPTIONS, "EDM:ERR:7777"])
def test_an_edm_exception_keeps_its_code_on_the_german_side(
    code: str, kind: str, edm: str, national: str
) -> None:
    version = edm.removeprefix("edm-")
    name = f"edm/{version}/exception-abroad-0004"
    kind_of = EDM_EXCEPTIONS.get(code, ("rs:InvalidRequestExceptionType", "?"))
    change = {"code": code, "type": kind_of[0], "message": kind_of[1], "detail": "Δεν βρέθηκε"}

    exception, context = with_exceptions(shipped(name), change), exchange(edm, national=national)
    result = translate(exception, TABLES, context, national, kind=kind)

    [exception] = result.message.fields["Exception"]
    assert exception["Code"] == (code if code in EDM_EXCEPTIONS else "EDM:ERR:0008")
    assert "Den vrethike" in exception["Detail"]
    assert result.message.fields["Status"] == "Failure"
    document = parse(write(result, TABLES))
    assert SCHEMA(document, CATALOGUE.identify(document)[0]) == ()


@pytest.mark.parametrize("edm", edm_versions())
def test_the_exception_that_asks_for_a_preview_is_composed_as_the_edm_wants_it(edm: str) -> None:
    result = compose("preview-required", TABLES, exchange(edm), edm)

    [exception] = result.message.fields["Exception"]
    assert exception["code"] == "EDM:ERR:0002"
    assert (exception["type"], exception["message"]) == EDM_EXCEPTIONS["EDM:ERR:0002"]
    assert exception["severity"].endswith(":EDMErrorResponse:PreviewRequired")
    assert exception["PreviewLocation"].startswith("https://")
    assert ("PreviewMethod" in exception) is edm.startswith("edm-1.")
    document = parse(write(result, TABLES))
    assert SCHEMA(document, CATALOGUE.identify(document)[0]) == ()


@pytest.mark.parametrize("edm", edm_versions())
def test_a_wish_for_a_preview_is_consumed_and_its_address_not_passed_on(edm: str) -> None:
    name = f"edm/{edm.removeprefix('edm-')}/exception-abroad-0002"
    message = shipped(name)
    location = message.fields["Exception"][0]["PreviewLocation"]

    kind = "DE.EvidenceOrderErrorResponse.0403"
    result = translate(message, TABLES, exchange(edm), NATIONAL, kind=kind)

    assert location.encode() not in write(result, TABLES)
    used = {entry.path for entry in result.mapped if not entry.target}
    assert "Exception[1]/PreviewLocation" in used
