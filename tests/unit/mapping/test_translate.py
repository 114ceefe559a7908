"""The entrance: which pair and table a message goes through, what comes out, what is refused."""

from __future__ import annotations

import copy
from fnmatch import fnmatchcase
from typing import Any

import pytest

from bridge.errors import MappingFault
from bridge.finding import Severity
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.translate import Translation, choose_evidence, compose, translate, write
from bridge.message import Message
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, messages, name_of
from tests.mapping_worlds import (
    MESSAGE_ROUTES,
    NOW,
    SCHEMA,
    TABLES,
    bare_context,
    edm_versions,
    exchange,
    national_version,
    national_versions,
    route_id,
    shipped,
)

NATIONAL = national_version()
FOLDER = NATIONAL.replace("-", "/")
OLD, NEW = edm_versions()[0], edm_versions()[-1]
TO_NATIONAL = {
    "request": "DE.EvidenceRequest.0301",
    "response": "DE.EvidenceResponse.0302",
    "response-abroad": "DE.GetEvidenceResponse.0412",
    "exception": "DE.EvidenceOrderErrorResponse.0403",
}
TO_EDM = {
    "0301": "QueryRequest",
    "0302": "QueryResponse",
    "0303": "ExceptionResponse",
    "0401": "QueryRequest",
}


def assert_valid(result: Translation) -> None:
    document = parse(write(result, TABLES))
    assert SCHEMA(document, CATALOGUE.identify(document)[0]) == ()


def context_of(message: Message, stem: str, national: str = NATIONAL) -> Context:
    """The exchange of a message; an answer about an organisation belongs to a request for one."""
    context = exchange(message.head.standard, national=national)
    if "legal" in stem:
        version = message.head.version
        return context.with_messages(request=shipped(f"edm/{version}/request-extreme-legal"))
    return context


EDM_FILES = [name_of(p) for p in messages("edm") if p.stem.split("-")[0] in TO_NATIONAL]
XN_FILES = [name_of(p) for p in messages("xnachweis") if p.stem[:4] in TO_EDM]
PERSON = {
    f"COMPARE-delivered-person.{name}" for name in ("birth-date", "family-name", "given-name")
}
FIRM = {f"COMPARE-delivered-legal-person.{name}" for name in ("eidas-identifier", "name")}
REFUSED: list[tuple[str, str, str, set[str]]] = [
    ("request-extreme-legal", "edm-1.0", "*", set()),
    ("request-extreme-legal", "*", "xnachweis-1.2*", {"EDM:ERR:0007"}),
    ("response-empty", "*", "*", {"MAPPING-EMPTY"}),
    ("0301-extreme", "*", "*", {"REPRESENTATION-SCOPE"}),
    ("0301-extreme-legal", "xnachweis-1.2*", "*", set()),
    ("0301-extreme-legal", "*", "edm-1.0", {"EDM:ERR:0007"}),
    ("0301-extreme-legal", "*", "*", {"REPRESENTATION-SCOPE"}),
    ("0302-extreme", "*", "*", {"ATTACHMENT-MISSING", *PERSON}),
    ("0302-extreme-legal", "*", "*", {"ATTACHMENT-MISSING", *FIRM}),
    ("0302-reference", "*", "*", {"ATTACHMENT-MISSING"}),
    ("0401-extreme-legal", "xnachweis-1.2*", "*", set()),
    ("0401-extreme-legal", "*", "edm-1.0", {"EDM:ERR:0007"}),
    ("0401-full", "*", "edm-1.0", {"EIDAS-FORM"}),
    ("0401-small", "*", "edm-1.0", {"EIDAS-FORM"}),
]
"""File, source and target with the fatal findings that are due; the first row that fits counts.

The extreme answers speak of another person than the exchange asks for, and of documents behind a
link; version 1.0 takes nine letters or digits behind the countries only (EDM 3.8).
"""


def due(stem: str, source: str, target: str) -> set[str]:
    return next(
        (
            ids
            for file, one, other, ids in REFUSED
            if file == stem and fnmatchcase(source, one) and fnmatchcase(target, other)
        ),
        set(),
    )


def assert_as_due(result: Translation, stem: str, source: str, to: str) -> None:
    fatal = {finding.id for finding in result.findings if finding.severity is Severity.FATAL}
    assert fatal == due(stem, source, to)
    if not fatal:
        assert_valid(result)


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("name", EDM_FILES)
def test_a_shipped_edm_message_becomes_a_valid_national_one_unless_stated(
    name: str, national: str
) -> None:
    message = shipped(name)
    stem = name.rsplit("/", 1)[1]
    kind = TO_NATIONAL[
        "response-abroad" if stem.startswith("response-abroad") else stem.split("-")[0]
    ]
    context = context_of(message, stem, national)
    result = translate(message, TABLES, context, national, kind=kind, table="document")
    assert result.message.head.kind == kind
    assert_as_due(result, stem, message.head.standard, national)


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("name", XN_FILES)
def test_a_shipped_national_message_becomes_a_valid_edm_one_unless_stated(
    name: str, edm: str
) -> None:
    message = shipped(name)
    stem = name.rsplit("/", 1)[1]
    kind = TO_EDM[stem[:4]]
    context = exchange(edm, national=message.head.standard)
    result = translate(message, TABLES, context, edm, kind=kind, table="document")
    assert result.message.head.kind == kind
    assert_as_due(result, stem, message.head.standard, edm)


COMPOSED = [route for route in MESSAGE_ROUTES if not route[3]]


@pytest.mark.parametrize(
    "route", [route for route in COMPOSED if route[1].id != "refusal"], ids=route_id
)
def test_a_composition_is_a_valid_message_of_every_version(route: tuple[Any, ...]) -> None:
    """The refusal has its own tests: it is made of a finding."""
    _table, pair, _direction, _source, to = route
    edm = to if to.startswith("edm-") else NEW
    national = to if to.startswith("xnachweis-") else NATIONAL
    assert_valid(compose(pair.id, TABLES, exchange(edm, national=national), to))


def test_without_a_kind_the_first_pair_of_the_table_is_taken() -> None:
    message = shipped(f"edm/{NEW.removeprefix('edm-')}/response-abroad-full")
    kinds = {
        kind: translate(
            message, TABLES, exchange(NEW), NATIONAL, kind=kind, table="document"
        ).message.head.kind
        for kind in ("", "DE.GetEvidenceResponse.0412", "DE.EvidenceResponse.0302")
    }
    assert kinds[""] == "DE.GetEvidenceResponse.0412"
    assert kinds["DE.EvidenceResponse.0302"] == "DE.EvidenceResponse.0302"


@pytest.mark.parametrize(
    ("name", "to", "kind", "said"),
    [
        pytest.param(f"{FOLDER}/0402-full", NEW, "", "no message for each other", id="no counterpart"),
        pytest.param(f"{FOLDER}/0302-full", NEW, "QueryRequest", "QueryResponse", id="other kind"),
        pytest.param(f"{FOLDER}/0302-full", NATIONAL, "", "no message for each other", id="same side"),
    ],
)  # fmt: skip
def test_where_no_mapping_leads_it_is_said_what_is_possible(
    name: str, to: str, kind: str, said: str
) -> None:
    with pytest.raises(MappingFault, match="no mapping leads from") as caught:
        translate(shipped(name), TABLES, exchange(NEW), to, kind=kind, table="document")
    assert said in caught.value.remedy


def test_several_messages_become_one_only_where_the_pair_collects() -> None:
    request = shipped(f"edm/{NEW.removeprefix('edm-')}/request-full")
    with pytest.raises(MappingFault, match="one message at a time"):
        translate([request, request], TABLES, exchange(NEW), NATIONAL, table="document")


# --- the evidence type -----------------------------------------------------------------------


def of_unknown_type() -> Message:
    return shipped(f"edm/{NEW.removeprefix('edm-')}/request-abroad-full")


def test_the_type_is_the_one_of_the_classification() -> None:
    request = shipped(f"edm/{NEW.removeprefix('edm-')}/request-full")
    assert translate(request, TABLES, bare_context(), NATIONAL).table.id == "vehicle-registration"


def test_an_unknown_type_is_refused_unless_documents_are_allowed_or_named() -> None:
    context = bare_context()
    with pytest.raises(MappingFault, match="no table for the evidence type") as caught:
        translate(of_unknown_type(), TABLES, context, NATIONAL)
    assert caught.value.code == "MAPPING-NO-TABLE"
    allowed = context.with_values(settings={"allow_document": True})
    assert translate(of_unknown_type(), TABLES, allowed, NATIONAL).table.id == "document"
    assert (
        translate(of_unknown_type(), TABLES, context, NATIONAL, table="document").table.id
        == "document"
    )


def test_a_known_type_does_not_become_a_document_because_documents_are_allowed() -> None:
    request = shipped(f"edm/{NEW.removeprefix('edm-')}/request-full")
    allowed = bare_context().with_values(settings={"allow_document": True})
    found = choose_evidence([request], TABLES, allowed, "")
    assert found is not None
    assert found.id == "vehicle-registration"


def test_a_name_that_is_no_type_is_refused_with_those_that_are() -> None:
    with pytest.raises(MappingFault, match="'vehicle'") as caught:
        choose_evidence([of_unknown_type()], TABLES, bare_context(), "vehicle")
    assert "vehicle-registration" in caught.value.remedy


def test_a_message_without_type_needs_none() -> None:
    error = shipped(f"{FOLDER}/0303-full")
    assert choose_evidence([error], TABLES, bare_context(), "") is None


# --- purity ----------------------------------------------------------------------------------


def test_the_same_input_gives_the_same_octets_and_other_ids_other_octets() -> None:
    message = shipped(f"{FOLDER}/0302-full")

    def octets(seed: str) -> bytes:
        return write(translate(message, TABLES, exchange(NEW, seed), NEW, table="document"), TABLES)

    assert octets("a") == octets("a")
    assert octets("a") != octets("b")


def test_nothing_of_the_input_is_changed() -> None:
    message = shipped(f"{FOLDER}/0302-full")
    before = copy.deepcopy(dict(message.fields.leaves()))
    context = exchange(NEW)
    request = dict(context.messages["request"].fields.leaves())
    translate(message, TABLES, context, NEW, table="document")
    assert dict(message.fields.leaves()) == before
    assert dict(context.messages["request"].fields.leaves()) == request


def test_time_comes_from_the_context_only() -> None:
    result = translate(shipped(f"{FOLDER}/0302-full"), TABLES, exchange(NEW), NEW, table="document")
    assert result.message.fields["IssueDateTime"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert result.message.head.id == result.message.fields["EvidenceResponseIdentifier"]
    assert result.message.head.id in {str(fresh) for fresh in _drawn("test", 50)}


def _drawn(seed: str, count: int) -> list[object]:
    ids = seeded_ids(seed)
    return [ids() for _ in range(count)]


def test_the_table_is_named_with_version_and_hash() -> None:
    request = shipped(f"edm/{NEW.removeprefix('edm-')}/request-full")
    used = translate(request, TABLES, bare_context(), NATIONAL).table
    other = translate(request, TABLES, bare_context(), NATIONAL, table="document").table
    assert len(used.hash) == 64
    assert used.hash != other.hash


def test_no_finding_or_loss_quotes_a_value_of_a_person() -> None:
    message = shipped(f"{FOLDER}/0302-extreme")
    result = translate(message, TABLES, exchange(NEW), NEW, table="document")
    names = {
        str(value)
        for path, value in message.fields.leaves()
        if "Person/" in path and isinstance(value, str) and len(value) > 5
    }
    said = " ".join([f.message for f in result.findings] + [entry.reason for entry in result.lost])
    assert not [name for name in names if name in said]


def test_the_evidence_type_that_an_order_names_needs_no_table() -> None:
    """The user chooses; what an old order names is a foreign type as often as not (NOOTS 2.9)."""
    oldest = min(name for name in CATALOGUE.standards if name.startswith("xnachweis-"))
    order = shipped(f"{oldest.replace('-', '/')}/0401-full")
    named = order.head.evidence_type.encode()
    octets = CATALOGUE.write(order).replace(named, named[:-4] + b"0000")
    foreign = CATALOGUE.read(parse(octets)).message
    assert TABLES.evidence_type(foreign.head.evidence_type) is None
    context = exchange(NEW, national=oldest)
    result = translate(foreign, TABLES, context, "edm-1.2")
    assert not result.refused
    assert result.table.id == TABLES.messages.id
    assert translate(foreign, TABLES, context, NEW, table="document").table.id == "document"
