"""The entrance: which pair and table a message goes through, what comes out, what is refused."""

from __future__ import annotations

import copy

import pytest

from bridge.errors import MappingFault
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.translate import Translation, choose_evidence, compose, translate, write
from bridge.message import Message
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, messages, name_of
from tests.mapping_worlds import (
    NOW,
    SCHEMA,
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


def context_of(message: Message, stem: str) -> Context:
    """The exchange of a message; an answer about an organisation belongs to a request for one."""
    context = exchange(message.head.standard)
    if "legal" in stem:
        version = message.head.version
        return context.with_messages(request=shipped(f"edm/{version}/request-extreme-legal"))
    return context


EDM_FILES = [name_of(p) for p in messages("edm") if p.stem.split("-")[0] in TO_NATIONAL]
XN_FILES = [name_of(p) for p in messages("xnachweis") if p.stem[:4] in TO_EDM]


@pytest.mark.parametrize("name", EDM_FILES)
def test_a_shipped_edm_message_becomes_a_valid_national_one_or_is_refused(name: str) -> None:
    message = shipped(name)
    stem = name.rsplit("/", 1)[1]
    kind = TO_NATIONAL[
        "response-abroad" if stem.startswith("response-abroad") else stem.split("-")[0]
    ]
    result = translate(
        message, TABLES, context_of(message, stem), NATIONAL, kind=kind, table="document"
    )
    assert result.message.head.kind == kind
    if not result.refused:
        assert_valid(result)


@pytest.mark.parametrize("edm", edm_versions())
@pytest.mark.parametrize("name", XN_FILES)
def test_a_shipped_national_message_becomes_a_valid_edm_one_or_is_refused(
    name: str, edm: str
) -> None:
    kind = TO_EDM[name.rsplit("/", 1)[1][:4]]
    result = translate(shipped(name), TABLES, exchange(edm), edm, kind=kind, table="document")
    assert result.message.head.kind == kind
    if not result.refused:
        assert_valid(result)


FULL = [
    (f"edm/{OLD.removeprefix('edm-')}/request-full", NATIONAL),
    (f"edm/{NEW.removeprefix('edm-')}/request-full", NATIONAL),
    (f"edm/{NEW.removeprefix('edm-')}/response-abroad-full", NATIONAL),
    (f"edm/{NEW.removeprefix('edm-')}/exception-abroad-0004", NATIONAL),
    *(
        (f"{FOLDER}/{stem}-full", edm)
        for stem in ("0302", "0303", "0401")
        for edm in edm_versions()
    ),
]


INEXPRESSIBLE = {("0401-full", "edm-1.0"): {"EIDAS-FORM"}}
"""The oldest version takes only nine letters or digits behind the countries (EDM 3.8)."""


@pytest.mark.parametrize(("name", "to"), FULL, ids=[f"{name} {to}" for name, to in FULL])
def test_the_everyday_messages_are_not_refused(name: str, to: str) -> None:
    message = shipped(name)
    edm = to if to.startswith("edm-") else message.head.standard
    result = translate(message, TABLES, exchange(edm), to, table="document")
    fatal = {finding.id for finding in result.findings if finding.severity == "fatal"}
    assert fatal == INEXPRESSIBLE.get((name.rsplit("/", 1)[1], to), set())
    if not fatal:
        assert_valid(result)


@pytest.mark.parametrize("pair", ["order-response", "get-evidence", "preview-required"])
@pytest.mark.parametrize("edm", edm_versions())
def test_a_composition_is_a_valid_message(pair: str, edm: str) -> None:
    to = edm if pair == "preview-required" else NATIONAL
    assert_valid(compose(pair, TABLES, exchange(edm), to))


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
