"""Evidence types: what their files say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import MappingFault
from bridge.mapping.evidence import Competence, load_evidence_types
from tests.mapping_worlds import TABLES, edm_versions, shipped

TEXT = '[evidence]\nid = "x"\ntitle = { en = "X", de = "Ix" }\nformats = ["application/pdf"]\n'


def write(folder: Path, text: str, name: str = "x.toml") -> Path:
    inner = folder / "evidence"
    inner.mkdir(exist_ok=True)
    (inner / name).write_text(text, "utf-8")
    return inner


def test_every_shipped_type_has_content_but_the_one_for_documents() -> None:
    types = TABLES.evidence_types
    assert [name for name, evidence in types.items() if evidence.any] == ["document"]
    for name, evidence in types.items():
        assert evidence.file == f"{name}.toml"
        assert bool(TABLES.payload(evidence)) is (name != "document")
        assert bool(evidence.classification and evidence.procedures) is (name != "document")


def test_a_preview_is_owed_by_all_but_the_system_check() -> None:
    types = TABLES.evidence_types
    free = [name for name, evidence in types.items() if evidence.preview != "required"]
    assert free == ["system-check"]
    assert types["system-check"].procedures == ("00",)


def test_a_type_becomes_a_group_of_the_context_in_edm_spelling(tmp_path: Path) -> None:
    [evidence] = load_evidence_types(write(tmp_path, TEXT)).values()
    assert evidence.as_context()["Title"] == (
        {"value": "X", "lang": "EN"},
        {"value": "Ix", "lang": "DE"},
    )


@pytest.mark.parametrize("edm", edm_versions())
def test_the_type_of_a_message_is_known_by_its_classification(edm: str) -> None:
    address = shipped(f"{edm.replace('-', '/')}/request-full").head.evidence_type
    found = TABLES.evidence_type(address)
    assert found is not None
    assert TABLES.evidence_type(address.upper()) is found
    assert TABLES.evidence_type(address.replace("/DE/", "/FR/")) is None
    assert TABLES.evidence_type("") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(TEXT + "colour = 1\n", "colour", id="unknown key"),
        pytest.param(TEXT.replace("formats", "format"), "formats", id="missing key"),
        pytest.param(TEXT + 'preview = "maybe"\n', "preview", id="unknown value"),
        pytest.param(TEXT + 'payload = "payloads/none.toml"\n', "there is no table payloads/none.toml", id="no content table"),
        pytest.param(TEXT + "[more]\n", "unknown section 'more'", id="unknown section"),
        pytest.param(TEXT + 'register = { name = "R" }\n', "register.authority", id="half a register"),
        pytest.param(TEXT + 'register = { name = "R", authority = "A", place = "P" }\n', "register.place", id="unknown key of the register"),
        pytest.param(TEXT + '[evidence.competence]\nrule = "chance"\n', "competence.rule", id="unknown rule of competence"),
        pytest.param(TEXT + '[evidence.competence]\nrule = "residence"\n', "has a question", id="a rule by place without a question"),
        pytest.param(TEXT + '[evidence.competence]\nrule = "federal"\nquestion = { en = "Where?" }\n', "has none", id="a question to find the only register"),
        pytest.param(TEXT + '[evidence.competence]\nrule = "federal"\nars = true\n', "competence.ars", id="unknown key of the competence"),
        pytest.param("", "evidence", id="empty"),
        pytest.param("[evidence", "not valid TOML", id="no TOML"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_name(text: str, said: str, tmp_path: Path) -> None:
    folder = write(tmp_path, text)
    with pytest.raises(MappingFault, match=said) as caught:
        load_evidence_types(folder)
    assert caught.value.where == str(folder / "x.toml")


def test_a_type_that_stands_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, TEXT)
    with pytest.raises(MappingFault, match="stands twice"):
        load_evidence_types(write(tmp_path, TEXT, "y.toml"))


@pytest.mark.parametrize(
    ("rule", "needed"),
    [("federal", ""), ("place-of-birth", "ars"), ("residence", "ars"), ("seat", "ars"), ("institution", "institution")],
)  # fmt: skip
def test_a_rule_of_competence_says_what_the_look_up_needs(rule: str, needed: str) -> None:
    question = {"de": "Wo?", "en": "Where?"} if needed else {}
    assert Competence(rule=rule, question=question).parameter == needed
