"""Evidence types: what their files say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import MappingFault
from bridge.mapping.evidence import load_evidence_types
from tests.mapping_worlds import TABLES, edm_versions, shipped

TEXT = '[evidence]\nid = "x"\ntitle = { en = "X", de = "Ix" }\nformats = ["application/pdf"]\n'


def write(folder: Path, text: str, name: str = "x.toml") -> Path:
    inner = folder / "evidence"
    inner.mkdir(exist_ok=True)
    (inner / name).write_text(text, "utf-8")
    return inner


def test_the_shipped_types_are_two_with_content_and_one_for_documents() -> None:
    types = TABLES.evidence_types
    assert set(types) == {"vehicle-registration", "company-register-extract", "document"}
    assert [name for name, evidence in types.items() if evidence.any] == ["document"]
    for name, evidence in types.items():
        assert bool(TABLES.payload(evidence)) is (name != "document")
        assert {"de", "en"} <= set(evidence.title)
        assert evidence.formats
        assert bool(evidence.classification and evidence.procedures) is (name != "document")
        assert evidence.preview == "required"


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
