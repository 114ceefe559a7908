"""Which version is spoken with a peer: the request's to answer, the newest common one to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import SettingsFault
from bridge.finding import Severity
from bridge.message import Head
from bridge.standards.binding import Binding
from bridge.standards.catalogue import Catalogue
from bridge.standards.choice import (
    NONE_IN_COMMON,
    NOT_SPOKEN,
    Choice,
    identifier_of,
    spoken,
    to_answer,
    to_ask,
)
from tests.fixture_files import CATALOGUE, load, messages, name_of

EDM = spoken(CATALOGUE, "edm")
NATIONAL = spoken(CATALOGUE, "xnachweis")
OLDER = spoken(CATALOGUE, "edm", ["edm-1.2", "edm-1.0"])


def names(choice: Choice) -> tuple[str, str, bool]:
    return choice.standard, choice.identifier, choice.agreed


@pytest.mark.parametrize("binding", EDM, ids=lambda binding: binding.standard)
def test_a_service_of_one_version_is_asked_in_it(binding: Binding) -> None:
    declared = identifier_of(binding)
    assert names(to_ask([declared], EDM)) == (binding.standard, declared, True)


ASKED = {
    "the newest common one": (["oots-edm:v1.0", "oots-edm:v2.0", "oots-edm:v1.2"], EDM, "edm-2.0"),
    "whatever the order": (["oots-edm:v2.0", "oots-edm:v1.0"], EDM, "edm-2.0"),
    "a newer one is passed over": (["oots-edm:v9.9", "oots-edm:v1.2"], EDM, "edm-1.2"),
    "only what we were told to speak": (["oots-edm:v2.0", "oots-edm:v1.0"], OLDER, "edm-1.0"),
    "in the order that we were told": (["oots-edm:v1.0", "oots-edm:v1.2"], OLDER, "edm-1.2"),
    "blanks around": (["\n  oots-edm:v1.1 "], EDM, "edm-1.1"),
    "said twice": (["oots-edm:v1.1", "oots-edm:v1.1"], EDM, "edm-1.1"),
    "a register by its identifier": (["urn:xoev-de:bva:standard:xnachweis_1.2.0"], NATIONAL, "xnachweis-1.2.0"),
    "a register by our name": (["xnachweis-1.2.0", "xnachweis-1.4"], NATIONAL, "xnachweis-1.4"),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "ours", "chosen"), ASKED.values(), ids=ASKED)
def test_a_request_is_written_in(
    declared: list[str], ours: tuple[Binding, ...], chosen: str
) -> None:
    choice = to_ask(declared, ours)
    assert (choice.standard, choice.agreed, choice.findings) == (chosen, True, ())


NOBODY = {
    "nothing declared": [],
    "a newer one": ["oots-edm:v9.9"],
    "a patch release": ["oots-edm:v1.2.5"],
    "another case": ["OOTS-EDM:V1.2"],
    "a longer text": ["xoots-edm:v1.2"],
    "another family": ["urn:xoev-de:bva:standard:xnachweis_1.4.0"],
    "an empty text": [""],
}


@pytest.mark.parametrize("declared", NOBODY.values(), ids=NOBODY)
def test_no_request_is_written_to_a_service_without_a_common_version(declared: list[str]) -> None:
    choice = to_ask(declared, EDM)
    assert names(choice) == ("", "", False)
    (finding,) = choice.findings
    assert (finding.id, finding.severity) == (NONE_IN_COMMON, Severity.FATAL)
    assert all(text not in finding.message for text in declared if text)


@pytest.mark.parametrize("path", messages("edm", stem="request-small"), ids=name_of)
def test_an_answer_is_written_in_the_version_of_the_request(path: Path) -> None:
    head = load(path).message.head
    choice = to_answer(head, EDM)
    declared = f"{identifier_of(CATALOGUE.binding(head.standard))}<"
    assert (choice.standard, choice.agreed, choice.findings) == (head.standard, True, ())
    assert declared.encode() in path.read_bytes()


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(None, id="a request of unknown version"),
        pytest.param(Head("edm", "9.9", "QueryRequest"), id="a version that is on no disk"),
        pytest.param(Head("edm", "2.0", "QueryRequest"), id="a version that we were not told"),
    ],
)
def test_a_request_of_a_version_not_spoken_is_refused_in_our_preferred_one(
    head: Head | None,
) -> None:
    choice = to_answer(head, OLDER)
    assert names(choice) == ("edm-1.2", "oots-edm:v1.2", False)
    (finding,) = choice.findings
    assert (finding.id, finding.severity) == (NOT_SPOKEN, Severity.FATAL)


def test_who_speaks_nothing_refuses_in_nothing() -> None:
    assert names(to_answer(None, ())) == ("", "", False)
    assert names(to_ask(["oots-edm:v1.2"], ())) == ("", "", False)


def test_versions_are_newest_first_by_number_and_not_by_letter(tmp_path: Path) -> None:
    for version in ("1.9", "1.10", "1.2"):
        folder = tmp_path / "made" / version
        folder.mkdir(parents=True)
        (folder / "x.xsd").write_text("<x/>")
        (folder / "binding.toml").write_text(
            f'[standard]\nfamily = "made"\nversion = "{version}"\nschema = "x.xsd"\n'
            '[namespaces]\nm = "urn:made"\n'
            '[messages.M]\nroot = "m:M"\nfields = [ { name = "id", attribute = "id", is = "token" } ]\n'
        )
    found = spoken(Catalogue(tmp_path), "made")
    assert [binding.version for binding in found] == ["1.10", "1.9", "1.2"]
    assert identifier_of(found[0]) == ""
    assert to_ask(["made-1.9"], found).standard == "made-1.9"


@pytest.mark.parametrize("name", ["edm-9.9", "xnachweis-1.4", "edm"])
def test_a_version_that_is_none_of_the_family_is_wrong_use(name: str) -> None:
    with pytest.raises(SettingsFault) as caught:
        spoken(CATALOGUE, "edm", [name])
    assert "edm-1.2" in str(caught.value.remedy)
