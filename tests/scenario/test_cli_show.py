"""`bridge show`: a message as a tree of its fields."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bridge.cli.output import Output, Styled, visible
from tests.scenario.cli import FIXTURES, Cli

REQUEST = FIXTURES / "edm" / "1.2" / "request-full.xml"
RESPONSE = FIXTURES / "edm" / "1.2" / "response-full.xml"
SEALED = FIXTURES / "xnachweis" / "1.4" / "0302-sealed.xml"


def test_fields_stand_under_the_names_of_the_standard(bridge: Cli) -> None:
    ran = bridge("show", SEALED)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "DE.EvidenceResponse.0302, xnachweis 1.4"
    assert "  EvidenceRequester[1]" in lines
    assert "      value: Näidislinna Sõidukiamet" in lines
    assert "          DateOfBirth: 1988-04-17" in lines


def test_json_gives_kind_version_head_and_fields(bridge: Cli) -> None:
    shown = bridge("show", SEALED, "--json").json
    assert list(shown) == ["kind", "family", "version", "head", "fields", "attachments"]
    assert (shown["kind"], shown["version"]) == ("DE.EvidenceResponse.0302", "1.4")
    assert shown["head"]["id"] == "93ff9f6d-37e0-4d98-9360-4db010aa8f07"
    person = shown["fields"]["EvidenceAvailability"]["RegistryObject"][0]["LegalOrNaturalPerson"]
    assert person["NaturalPerson"]["DateOfBirth"] == "1988-04-17"
    assert bridge("show", REQUEST, "--json").json["fields"]["PossibilityForPreview"] is True


def test_octets_are_shown_by_size_and_digest_only(bridge: Cli) -> None:
    shown = bridge("show", SEALED, "--json").json
    item = shown["fields"]["EvidenceAvailability"]["RegistryObject"][0]["RepositoryItem"]
    assert list(item["RepositoryItem"]) == ["bytes", "sha256"]
    text = bridge("show", SEALED).out
    assert f"{item['RepositoryItem']['bytes']:,} octets" in text
    assert "JVBER" not in text


def test_attachments_beside_the_file_are_listed(bridge: Cli) -> None:
    (attachment,) = bridge("show", RESPONSE, "--json").json["attachments"]
    bare = attachment["content_id"].partition("@")[0]
    content = next((RESPONSE.parent / "attachments").glob(f"{bare}.*")).read_bytes()
    assert attachment["bytes"] == len(content)
    assert attachment["sha256"] == hashlib.sha256(content).hexdigest()
    assert attachment["media_type"] == "application/xml"
    assert attachment["content_id"] in bridge("show", RESPONSE).out.split("attachments\n")[1]


def test_attachments_in_another_folder_are_found_on_demand(bridge: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "response.xml"
    copy.write_bytes(RESPONSE.read_bytes())
    alone = bridge("show", copy)
    assert alone.code == 0
    assert "ATTACHMENT-MISSING" in alone.out
    found = bridge("show", copy, "--attachments", RESPONSE.parent / "attachments", "--json").json
    assert len(found["attachments"]) == 1


@pytest.mark.parametrize("bare", ["../secret", "..", ".hidden", "a/b", ""])
def test_a_content_id_never_leads_out_of_the_folder(bridge: Cli, tmp_path: Path, bare: str) -> None:
    text = RESPONSE.read_text("utf-8")
    known = bridge("show", RESPONSE, "--json").json["attachments"][0]["content_id"]
    (tmp_path / "attachments" / "a").mkdir(parents=True)
    for name in ("secret.xml", "attachments/.hidden", "attachments/a/b.xml"):
        (tmp_path / name).write_text("secret")
    copy = tmp_path / "response.xml"
    copy.write_text(text.replace(known, f"{bare}@example.org"), "utf-8")
    assert bridge("show", copy, "--json").json["attachments"] == []


@pytest.mark.parametrize(
    "path",
    sorted(path for path in FIXTURES.glob("*/*/*-extreme*.xml")),
    ids=lambda p: f"{p.parent.name}-{p.stem}",
)
def test_every_kind_and_version_can_be_shown(bridge: Cli, path: Path) -> None:
    assert bridge("show", path).code == 0
    assert bridge("show", path, "--json").json["fields"]


def test_what_cannot_be_read_ends_with_3_and_a_paragraph(bridge: Cli) -> None:
    ran = bridge("show", FIXTURES / "hostile" / "external-entity-file.xml")
    assert (ran.code, ran.out) == (3, "")
    assert len(ran.err.splitlines()) == 1 and "document type" in ran.err


VISIBLE = {
    "plain": ("Ελένη", "Ελένη"),
    "a line end": ("a\r\nb\nc", "a↵b↵c"),
    "an escape sequence of a terminal": ("a\x9b31mb", "a�31mb"),
    "an order to write from the right": ("a\u202eb", "a�b"),
}


@pytest.mark.parametrize(("text", "shown"), VISIBLE.values(), ids=VISIBLE)
def test_a_value_cannot_take_over_the_terminal(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_terminal_gets_the_same_words_with_colours(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(fancy=True)
    out.panel("A title", [("name", Styled("[bold]value[/bold]", "good"))])
    out.tree("root", [(1, "group", ""), (2, "leaf", "[red]text"), (1, "other", "x")])
    out.table(("head",), [("cell",)])
    out.line("end")
    shown = capsys.readouterr().out
    for word in ("A title", "[bold]value[/bold]", "leaf: [red]text", "other: x", "cell", "end"):
        assert word in shown
