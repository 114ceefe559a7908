from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from bridge.errors import SettingsFault
from bridge.finding import Severity
from bridge.resources import fixtures, standards
from bridge.rules.check import ALL_STAGES, Checker, Circumstances
from bridge.rules.strictness import load_strictness
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import Limits
from tests.fixture_files import all_messages, hostile_cases, name_of

CHECKER = Checker(Catalogue(standards()))
NOW = datetime(2027, 1, 1, tzinfo=UTC)
REQUEST = (fixtures() / "edm" / "1.2" / "request-full.xml").read_bytes()


@pytest.mark.parametrize("path", all_messages(), ids=name_of)
def test_a_shipped_message_passes_the_whole_check(path: Path) -> None:
    report = CHECKER(path.read_bytes(), Circumstances(now=NOW, environment="production"))
    assert report.verdict == "valid"
    assert [each.id for each in report.findings if each.id.startswith("BRIDGE-PLAUSIBLE")] == []


@pytest.mark.parametrize("name", hostile_cases())
def test_a_hostile_document_ends_in_a_report(name: str) -> None:
    octets = (fixtures() / "hostile" / name).read_bytes()
    report = CHECKER(octets)
    assert report.verdict in {"valid", "invalid", "unreadable"}
    assert (report.verdict == "valid") or report.findings


def test_what_cannot_be_read_is_one_fatal_finding() -> None:
    report = CHECKER(b"<a>")
    assert (report.verdict, report.head, report.schema_valid) == ("unreadable", None, None)
    assert [each.severity for each in report.findings] == [Severity.FATAL]


def test_limits_come_before_everything_else() -> None:
    report = CHECKER(REQUEST, Circumstances(limits=Limits(octets=10)))
    assert [each.id for each in report.findings] == ["XML-SIZE"]


def test_all_findings_of_all_stages_are_there_sorted() -> None:
    octets = REQUEST.replace(b'lang="EN"', b'lang="xx"').replace(
        b'<rim:Slot name="PossibilityForPreview">', b'<rim:Slot name="Unheard">'
    )
    report = CHECKER(octets)
    ids = [each.id for each in report.findings]
    assert {"R-EDM-REQ-S009", "R-EDM-REQ-S019", "R-EDM-REQ-C009"} <= set(ids)
    severities = [list(Severity).index(each.severity) for each in report.findings]
    assert severities == sorted(severities)
    assert len(set(report.findings)) == len(report.findings)


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ({"structure"}, {"R-EDM-REQ-S009", "R-EDM-REQ-S019"}),
        ({"content"}, {"R-EDM-REQ-C009"}),
        ({"plausibility"}, {"BRIDGE-PLAUSIBLE-001"}),
        (ALL_STAGES, {"R-EDM-REQ-S009", "R-EDM-REQ-C009", "BRIDGE-PLAUSIBLE-001"}),
    ],
)
def test_stages_can_be_chosen(stages: set[str], expected: set[str]) -> None:
    octets = REQUEST.replace(b'lang="EN"', b'lang="xx"').replace(
        b'<rim:Slot name="PossibilityForPreview">', b'<rim:Slot name="Unheard">'
    )
    beside = Circumstances(now=datetime(2020, 1, 1, tzinfo=UTC), stages=frozenset(stages))
    ids = {each.id for each in CHECKER(octets, beside).findings}
    others = {"R-EDM-REQ-S009", "R-EDM-REQ-C009", "BRIDGE-PLAUSIBLE-001"} - expected
    assert expected <= ids
    assert not ids & others


def test_a_message_can_be_judged_by_another_version() -> None:
    report = CHECKER(REQUEST, Circumstances(standard="edm-2.0"))
    ids = {each.id for each in report.findings}
    assert {"R-EDM-REQ-C001", "R-EDM-REQ-S022"} <= ids


def test_an_unknown_version_to_judge_by_is_a_fault_of_the_caller() -> None:
    with pytest.raises(SettingsFault):
        CHECKER(REQUEST, Circumstances(standard="edm-9"))


def test_findings_speak_german_where_asked() -> None:
    octets = REQUEST.replace(b'lang="EN"', b'lang="xx"')
    texts = {each.message for each in CHECKER(octets, Circumstances(language="de")).findings}
    assert "Die Sprache des Titels ist gelistet." in texts


def test_no_finding_quotes_a_value() -> None:
    octets = REQUEST.replace(b'lang="EN"', b'lang="geheim"')
    report = CHECKER(octets, Circumstances(now=NOW, environment="acceptance"))
    assert report.findings
    assert not [each for each in report.findings if "geheim" in each.message + each.location]


def test_a_report_as_json_has_the_shape_of_the_command_line() -> None:
    shown = CHECKER(REQUEST).as_json()
    assert list(shown) == ["family", "version", "kind", "schema_valid", "verdict", "findings"]
    assert (shown["family"], shown["kind"], shown["verdict"]) == ("edm", "QueryRequest", "valid")


def test_the_policy_stands_beside_the_pure_verdict() -> None:
    policy = load_strictness(standards().parent / "mappings" / "strictness.toml")
    octets = REQUEST.replace(b'lang="EN"', b'lang="xx"')
    report = CHECKER(octets)
    assert report.verdict == "invalid"
    assert policy.verdict(report.findings).accepted
    assert not policy.verdict(report.findings, sending=True).accepted


# --- plausibility ----------------------------------------------------------------------------


def plausible(octets: bytes, **beside: object) -> set[str]:
    given = replace(Circumstances(), **beside)  # type: ignore[arg-type]
    found = {each.id for each in CHECKER(octets, given).findings}
    return {each.removeprefix("BRIDGE-") for each in found if each.startswith("BRIDGE-")}


def issued(octets: bytes) -> datetime:
    root = etree.fromstring(octets)
    (text,) = root.xpath("*[@name='IssueDateTime']//*[local-name()='Value']/text()")
    return datetime.fromisoformat(str(text))


@pytest.mark.parametrize(
    ("minutes", "expected"), [(60, set()), (0, set()), (-4, set()), (-6, {"PLAUSIBLE-001"})]
)
def test_a_time_ahead_is_told_beyond_five_minutes(minutes: int, expected: set[str]) -> None:
    assert plausible(REQUEST, now=issued(REQUEST) + timedelta(minutes=minutes)) == expected


def test_a_birthday_ahead_is_told() -> None:
    octets = REQUEST.replace(b"<sdg:DateOfBirth>19", b"<sdg:DateOfBirth>29")
    assert octets != REQUEST
    assert plausible(octets, now=NOW) == {"PLAUSIBLE-002"}


@pytest.mark.parametrize(
    ("environment", "host", "expected"),
    [
        ("production", b"https://sr.oots", set()),
        ("production", b"https://sr.acc.oots", {"PLAUSIBLE-005"}),
        ("acceptance", b"https://sr.acc.oots", set()),
        ("acceptance", b"https://sr.oots", {"PLAUSIBLE-005"}),
        ("", b"https://sr.uat.oots", set()),
    ],
)
def test_a_host_of_another_environment_is_told(
    environment: str, host: bytes, expected: set[str]
) -> None:
    octets = REQUEST.replace(b"https://sr.oots", host)
    assert plausible(octets, environment=environment) == expected


def test_an_unknown_environment_is_a_fault_of_the_caller() -> None:
    with pytest.raises(SettingsFault, match="production, acceptance"):
        CHECKER(REQUEST, Circumstances(environment="moon"))


SEALED = (fixtures() / "xnachweis" / "1.4" / "0302-sealed.xml").read_bytes()
CERTIFICATE = base64.b64decode(SEALED.partition(b"X509Certificate>")[2].partition(b"<")[0])


def test_an_expired_certificate_in_a_seal_is_told() -> None:
    assert "SEAL-EXPIRED" not in plausible(SEALED, now=NOW)
    assert "SEAL-EXPIRED" in plausible(SEALED, now=datetime(2190, 1, 1, tzinfo=UTC))


UNREADABLE_CERTIFICATES = {
    "another structure": (b"MI", b"AA"),
    "no base64": (b"MI", b"M"),
    "letters that are no ASCII": (b"MI", "ä".encode()),
    "a version that does not exist": (
        base64.b64encode(CERTIFICATE),
        base64.b64encode(CERTIFICATE.replace(bytes.fromhex("a003020102"), b"\xa0\x03\x02\x01\x07")),
    ),
}


@pytest.mark.parametrize(
    ("was", "becomes"), UNREADABLE_CERTIFICATES.values(), ids=UNREADABLE_CERTIFICATES
)
def test_a_certificate_that_cannot_be_read_is_told(was: bytes, becomes: bytes) -> None:
    octets = SEALED.replace(b"X509Certificate>" + was, b"X509Certificate>" + becomes)
    assert octets != SEALED
    assert "SEAL-UNREADABLE" in plausible(octets, now=NOW)


UNKNOWN_CIRCUMSTANCES = {
    "a stage": ({"stages": frozenset({"strucure"})}, "no stage strucure"),
    "a stage that is no set of stages": ({"stages": frozenset("schema")}, "no stage"),
    "a language": ({"language": "fr"}, "no texts in 'fr'"),
    "a time without a zone": ({"now": datetime(2027, 1, 1)}, "needs a zone"),
}


@pytest.mark.parametrize(
    ("beside", "says"), UNKNOWN_CIRCUMSTANCES.values(), ids=UNKNOWN_CIRCUMSTANCES
)
def test_circumstances_that_would_judge_less_than_believed_are_refused(
    beside: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsFault, match=says):
        Circumstances(**beside)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "now", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_the_first_and_the_last_moment_are_times_to_judge_by(now: datetime) -> None:
    found = {each.id for each in CHECKER(REQUEST, Circumstances(now=now)).findings}
    assert ("BRIDGE-PLAUSIBLE-001" in found) is (now.year == 1)


NATIONAL = {
    "two requesters of a request": (
        "1.4/0301-full.xml",
        lambda text: re.sub(
            r"(<(\S*EvidenceRequester)>.*?</\2>)", r"\1\1", text, count=1, flags=re.DOTALL
        ),
        "urn-xoev-de-bva-standard-xnachweis-agenttype-0",
    ),
    "an error code that the first line does not know": (
        "1.2.0/0103-small.xml",
        lambda text: re.sub(r"(EDM|NOOTS):ERR:\d+", "NOOTS:ERR:0200", text),
        "urn-xoev-de-xnachweis-codeliste-nootserrorcodes_2024-09",
    ),
}


@pytest.mark.parametrize(("name", "damage", "rule"), NATIONAL.values(), ids=NATIONAL)
def test_what_a_published_error_forbids_is_invalid(
    name: str, damage: Callable[[str], str], rule: str
) -> None:
    text = (fixtures() / "xnachweis" / name).read_text("utf-8")
    report = CHECKER(damage(text).encode())
    told = {each.id for each in report.findings if each.severity is Severity.FATAL}
    assert report.verdict == "invalid"
    assert [each for each in told if not each.startswith(rule)] == []
