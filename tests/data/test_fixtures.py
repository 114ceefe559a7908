"""Every shipped message is what README says: clean, canonical, schema-valid, complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.message import Group
from bridge.rules.schema import SchemaCheck
from bridge.xml.parse import parse
from tests.fixture_files import (
    CATALOGUE,
    MEDIA_TYPES,
    all_messages,
    attached,
    attachments_of,
    load,
    messages,
    name_of,
    versions,
)

schema_check = SchemaCheck()
EDM = messages("edm")
RESPONSES = messages("edm", stem="response-*")
KINDS = {
    "request": "QueryRequest",
    "response": "QueryResponse",
    "exception": "ExceptionResponse",
}
SIZES = ("small", "full", "extreme")

# Field paths that no message of ours fills, and why.
NEVER_WRITTEN = {
    r"/SupportedValue/DateValue": "no Type of a classification has date values (EDM 3.5)",
    r"(EvidenceRequest|EvidenceMetadata|Requirements)/Identifier/schemeID": (
        "a UUID or an address needs no scheme"
    ),
    r"AuthorizedRepresentative/(Nationality|CountryOf|TownOf|PhoneNumber|EmailAddress)": (
        "not beside PowerOfRepresentationScope (EDM 6.4)"
    ),
    r"AuthorizedRepresentativeLegalPerson/Legal(PhoneNumber|EmailAddress)": (
        "not beside PowerOfRepresentationScope (EDM 6.5)"
    ),
}


def references(fields: Group) -> dict[str, str]:
    """Title by `cid:…` of every RepositoryItemRef, in order."""
    leaves = dict(fields.leaves())
    return {
        str(value): str(leaves[path.removesuffix("href") + "title"])
        for path, value in leaves.items()
        if path.endswith("RepositoryItemRef/href")
    }


@pytest.mark.parametrize("path", all_messages(), ids=name_of)
def test_reading_finds_nothing_out_of_rule(path: Path) -> None:
    reading = load(path)
    assert reading.findings == ()
    assert reading.message.head.standard == f"{path.parent.parent.name}-{path.parent.name}"


@pytest.mark.parametrize("path", all_messages(), ids=name_of)
def test_read_then_write_is_canonical_and_loses_nothing(path: Path) -> None:
    first = load(path).message
    written = CATALOGUE.write(first)
    again = CATALOGUE.read(parse(written))
    assert again.message == first
    assert again.findings == ()
    assert CATALOGUE.write(again.message) == written


@pytest.mark.parametrize("path", all_messages(), ids=name_of)
def test_the_message_and_what_we_write_of_it_are_valid_by_our_schema(path: Path) -> None:
    octets = path.read_bytes()
    binding = CATALOGUE.binding(load(path).message.head.standard)
    assert schema_check(parse(octets), binding) == ()
    assert schema_check(parse(CATALOGUE.write(load(path).message)), binding) == ()


@pytest.mark.parametrize("version", versions("edm"))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_each_kind_has_a_small_a_full_and_an_extreme_message(
    version: str, kind: str, size: str
) -> None:
    (path,) = messages("edm", version, f"{kind}-{size}")
    assert load(path).message.head.kind == KINDS[kind]


@pytest.mark.parametrize("path", EDM, ids=name_of)
def test_the_name_of_a_file_tells_its_kind(path: Path) -> None:
    assert load(path).message.head.kind == KINDS[path.stem.partition("-")[0]]


@pytest.mark.parametrize("version", versions("edm"))
@pytest.mark.parametrize("kind", KINDS)
def test_the_messages_of_a_kind_fill_every_field_of_the_binding(version: str, kind: str) -> None:
    shape = CATALOGUE.binding(f"edm-{version}").message(KINDS[kind]).shape
    known = {path.replace("[]", "") for path, _ in shape.leaf_paths()}
    filled = {
        re.sub(r"\[\d+\]", "", leaf)
        for path in messages("edm", version, f"{kind}-*")
        for leaf, _ in load(path).message.fields.leaves()
    }
    excused = {path for path in known if any(re.search(p, path) for p in NEVER_WRITTEN)}
    assert sorted(known - filled - excused) == []
    assert sorted(excused & filled) == []


@pytest.mark.parametrize("path", RESPONSES, ids=name_of)
def test_every_reference_has_its_attachment_of_the_stated_type(path: Path) -> None:
    message = load(path).message
    leaves = dict(message.fields.leaves())
    formats = [str(v) for p, v in leaves.items() if p.endswith("/Distribution/Format")]
    found = attached(path, references(message.fields))
    assert [part.media_type for part in found] == formats
    for part in found:
        assert re.fullmatch("[0-9a-f]{32}", part.bare_id)
        assert part.content.startswith(FIRST_OCTETS[part.media_type])


FIRST_OCTETS = {
    "application/json": b"{",
    "application/pdf": b"%PDF-1.",
    "application/xml": b"<?xml ",
    "image/png": b"\x89PNG\r\n",
}


@pytest.mark.parametrize("version", versions("edm"))
def test_no_attachment_lies_about_unused_or_is_used_twice(version: str) -> None:
    paths = messages("edm", version, "response-*")
    used = [
        href.removeprefix("cid:").partition("@")[0]
        for path in paths
        for href in references(load(path).message.fields)
    ]
    assert sorted(used) == sorted(attachments_of(paths[0]))
    assert {file.suffix for file in attachments_of(paths[0]).values()} <= set(MEDIA_TYPES)


@pytest.mark.parametrize("version", versions("edm"))
def test_every_answer_names_a_request_of_the_same_version(version: str) -> None:
    asked = {load(path).message.head.id for path in messages("edm", version, "request-*")}
    answered = {
        path.stem: load(path).message.head.answers
        for stem in ("response-*", "exception-*")
        for path in messages("edm", version, stem)
    }
    assert {name for name, id in answered.items() if id not in asked} == {
        "exception-0003-unreadable"
    }


@pytest.mark.parametrize("version", versions("edm"))
def test_identifiers_that_are_unique_in_the_world_are_unique_here(version: str) -> None:
    ids = [
        str(value)
        for path in messages("edm", version)
        for leaf, value in load(path).message.fields.leaves()
        if re.search(r"(^|\]/)id$|^EvidenceResponseIdentifier$|EvidenceMetadata/Identifier", leaf)
    ]
    assert len(ids) > 50
    assert len(set(ids)) == len(ids)
