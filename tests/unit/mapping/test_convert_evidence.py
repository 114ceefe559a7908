"""Converters around the evidence: documents, titles, purpose, scope of representation."""

from __future__ import annotations

import pytest

from bridge.mapping.account import Env, Unmappable
from bridge.mapping.convert import CONVERTERS
from bridge.message import Attachment
from tests.mapping_worlds import env_for

DE, EU = "to-xnachweis", "to-edm"


def run(name: str, direction: str, value: object, env: Env) -> object:
    apply = CONVERTERS[name].towards(direction)
    assert apply is not None
    return apply(value, env)


def test_octets_become_a_mime_part_with_its_media_type_and_back() -> None:
    item = {
        "EvidenceMetadata": {"Distribution": {"PrioritizedFormat": [{"Format": "application/pdf"}]}}
    }
    env = env_for(direction=EU, item=item)
    address = str(run("attachment", EU, b"%PDF made up", env))
    [attachment] = env.account.attachments
    assert address == f"cid:{attachment.content_id}"
    assert attachment.content_id.endswith("@bridge.example")
    assert (attachment.media_type, attachment.content) == ("application/pdf", b"%PDF made up")

    back = env_for(direction=DE, attachments=(attachment,))
    assert run("attachment", DE, address, back) == b"%PDF made up"


@pytest.mark.parametrize(
    ("written", "media_type"),
    [("image/jpg", "image/jpeg"), ("image/png", "image/png"), (None, "application/octet-stream")],
)
def test_the_media_type_is_the_one_stated(written: str | None, media_type: str) -> None:
    item = {"EvidenceMetadata": {"Distribution": {"Format": written}}} if written else {}
    env = env_for(direction=EU, item=item)
    run("attachment", EU, b"x", env)
    assert env.account.attachments[0].media_type == media_type


@pytest.mark.parametrize(("name", "way"), [("attachment", DE), ("fetched", EU)])
def test_a_document_that_did_not_come_is_a_fatal_finding(name: str, way: str) -> None:
    env = env_for(direction=way, attachments=(Attachment("a@b", "application/pdf", b"x"),))
    with pytest.raises(Unmappable):
        run(name, way, "cid:other@b", env)
    assert [(f.id, str(f.severity)) for f in env.account.findings] == [
        ("ATTACHMENT-MISSING", "fatal")
    ]


def test_a_fetched_document_becomes_a_mime_part() -> None:
    fetched = Attachment("https://register.example/1", "application/pdf", b"%PDF made up")
    env = env_for(direction=EU, attachments=(fetched,))
    assert str(run("fetched", EU, "https://register.example/1", env)).startswith("cid:")
    assert env.account.attachments[0].content == b"%PDF made up"


@pytest.mark.parametrize(
    ("scheme", "node", "title"),
    [
        ("urn:fdc:oots:classification:edm", "MainEvidence", "Extract"),
        ("urn:fdc:oots:classification:edm", "Translation", "Extract (Translation)"),
        ("urn:other", "Translation", "Extract"),
    ],
)
def test_the_role_of_a_supplement_stands_behind_its_title(
    scheme: str, node: str, title: str
) -> None:
    item = {"Classification": [{"classificationScheme": scheme, "classificationNode": node}]}
    assert run("title-with-role", DE, "Extract", env_for(item=item)) == title


def test_the_purpose_names_procedure_and_requirements() -> None:
    requirements = [
        {"Identifier": {"value": f"https://sr.oots.tech.ec.europa.eu/requirements/{n}"}}
        for n in "ab"
    ]
    text = run("purpose", DE, "V2", env_for(fields={"Requirements": requirements}))
    assert text == "SDG-Verfahren V2; Requirement a; Requirement b"
    assert run("purpose", EU, text, env_for(direction=EU)) == "V2"
    with pytest.raises(Unmappable):
        run("purpose", EU, "Kindergeld", env_for(direction=EU))


SCOPES = [
    ("scope", "V2", "V2", 0, False),
    ("scope", "00", "00", 0, False),
    ("scope", "V1, V2", "V2", 1, False),
    ("scope", "V1", "V1", 0, True),
    ("organisation-scope", "V1, V2", "V1,V2", 0, False),
    ("organisation-scope", "00", "00", 0, False),
    ("organisation-scope", "V1", "V1", 0, True),
]


@pytest.mark.parametrize(
    ("name", "value", "result", "losses", "refused"), SCOPES, ids=[f"{s[0]} {s[1]}" for s in SCOPES]
)
def test_the_scope_of_representation_covers_the_procedure(
    name: str, value: str, result: str, losses: int, refused: bool
) -> None:
    env = env_for(direction=EU, order={"Procedure": "V2"})
    assert run(name, EU, value, env) == result
    assert len(env.account.lost) == losses
    assert [f.id for f in env.account.findings] == (["REPRESENTATION-SCOPE"] if refused else [])
    assert run(name, DE, value, env_for()) == value
