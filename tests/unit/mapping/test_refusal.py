"""Our own exception: every code, every version, with the broken rules as detail (EDM 5, 9.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge import check
from bridge.errors import IncompleteMessage, MappingFault
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.refusal import refuse
from bridge.mapping.refusals import load_refusals
from bridge.mapping.tables import Tables
from bridge.mapping.translate import Translation, write
from bridge.message import Message
from bridge.resources import fixtures, mappings, standards
from bridge.rules.strictness import load_strictness
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

CATALOGUE = Catalogue(standards())
TABLES = Tables(mappings(), CATALOGUE)
EDM = [name for name in CATALOGUE.standards if name.startswith("edm-")]
RULES = ["R-EDM-REQ-S001", "R-EDM-REQ-C036", "R-EDM-REQ-S001"]
CODES = list(TABLES.refusals.exceptions)


def request(edm: str) -> Message:
    path = fixtures() / edm.replace("-", "/", 1) / "request-full.xml"
    return CATALOGUE.read(parse(path.read_bytes())).message


def refused(edm: str, **given: object) -> Translation:
    context = Context(datetime(2026, 1, 2, tzinfo=UTC), seeded_ids("refusal"), TABLES.defaults)
    return refuse(TABLES, context, edm, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("edm", EDM)
def test_what_we_answer_keeps_every_rule_of_its_version(edm: str, code: str) -> None:
    asked = request(edm)
    result = refused(edm, code=code, rules=RULES, request=asked)
    report = check(write(result, TABLES), sending=True)
    assert (report.verdict, report.head and report.head.answers) == ("valid", asked.fields["id"])


@pytest.mark.parametrize("edm", EDM)
def test_the_detail_names_each_broken_rule_once(edm: str) -> None:
    [exception] = refused(edm, rules=RULES, request=request(edm)).message.fields["Exception"]
    assert exception["detail"] == "R-EDM-REQ-S001, R-EDM-REQ-C036"
    assert exception["code"] == "EDM:ERR:0003"
    assert exception["type"] == "rs:InvalidRequestExceptionType"


def test_a_version_that_nobody_speaks_is_told_by_its_published_rule() -> None:
    [exception] = refused(EDM[-1], rules=["VERSION-UNKNOWN"]).message.fields["Exception"]
    assert exception["detail"] == "R-EDM-REQ-C001"


def test_without_a_rule_there_is_no_detail() -> None:
    [exception] = refused(EDM[-1], code="EDM:ERR:0005").message.fields["Exception"]
    assert "detail" not in exception


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        ("urn:uuid:481fbbec-5dac-4cc7-8a9d-ece58029ff9c", True),
        ("481fbbec-5dac-4cc7-8a9d-ece58029ff9c", False),
        ("urn:uuid:x", False),
        ("", False),
    ],
)
def test_an_id_is_repeated_only_in_its_proper_form(given: str, repeated: bool) -> None:
    fields = refused(EDM[-1], request_id=given).message.fields
    assert ("requestId" in fields) is repeated


@pytest.mark.parametrize("edm", [edm for edm in EDM if edm != EDM[0]])
def test_a_request_that_cannot_be_read_is_answered_without_its_requester(edm: str) -> None:
    result = refused(edm, rules=["XML-MALFORMED"])
    assert "EvidenceRequester" not in result.message.fields
    assert check(write(result, TABLES), sending=True).verdict == "valid"


def test_the_oldest_version_has_no_exception_without_requester() -> None:
    with pytest.raises(IncompleteMessage, match="EvidenceRequester"):
        write(refused(EDM[0]), TABLES)


def test_a_broken_request_is_answered_with_what_the_policy_refuses_it_for() -> None:
    octets = (fixtures() / "edm" / "2.0" / "request-full.xml").read_bytes()
    broken = octets.replace(b'name="IssueDateTime"', b'name="Unheard"')
    verdict = load_strictness(mappings() / "strictness.toml").verdict(check(broken).findings)
    result = refused("edm-2.0", rules=verdict.rule_ids, request_id="")
    [exception] = result.message.fields["Exception"]
    assert "R-EDM-REQ-S006" in exception["detail"].split(", ")


def test_an_unknown_code_is_refused_with_the_nearest() -> None:
    with pytest.raises(MappingFault, match="EDM:ERR:0003"):
        refused(EDM[-1], code="EDM:ERR:003")


WRONG = {
    "nothing": "",
    "an unknown key": '[[refusal]]\ncode = "a"\ntype = "b"\nmesage = "c"\n',
    "a missing key": '[[refusal]]\ncode = "a"\ntype = "b"\n',
    "a code that stands twice": '[[refusal]]\ncode = "a"\ntype = "b"\nmessage = "c"\n' * 2,
    "an unknown section": "[publish]\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "refusals.toml"
    path.write_text(WRONG[name])
    with pytest.raises(MappingFault) as fault:
        load_refusals(path)
    assert str(path) in str(fault.value)
