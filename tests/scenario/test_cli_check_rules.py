"""`bridge check`: rules, policy, pairs, headers, archives, and what is said about it all."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

import bridge as library
from tests.scenario.cli import FIXTURES, REPOSITORY, Cli, process
from tests.unit.rules.headers import messaging, submission

REQUEST = FIXTURES / "edm" / "1.2" / "request-full.xml"
RESPONSE = FIXTURES / "edm" / "1.2" / "response-full.xml"
OCTETS = REQUEST.read_bytes()
STRANGE = OCTETS.replace(b'lang="EN"', b'lang="xx"')
"""Breaks content rules only, which the policy takes for harmless."""


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    path = tmp_path / "strange.xml"
    path.write_bytes(STRANGE)
    return path


def told(ran: object) -> dict[str, object]:
    (one,) = ran.json["files"]  # type: ignore[attr-defined]
    return one


def ids(shown: dict[str, object]) -> set[str]:
    return {finding["id"] for finding in shown["findings"]}  # type: ignore[index, attr-defined]


# --- the verdict and the policy beside it --------------------------------------------------


def test_a_broken_rule_is_told_with_id_line_and_place(bridge: Cli, strange: Path) -> None:
    shown = told(bridge("check", strange, "--json"))
    finding = next(f for f in shown["findings"] if f["id"] == "R-EDM-REQ-C004")
    assert (finding["severity"], finding["line"]) == ("fatal", 15)
    assert finding["location"].endswith("rim:LocalizedString/@xml:lang")
    assert shown["verdict"] == "invalid"


def test_the_policy_stands_beside_the_pure_verdict(bridge: Cli, strange: Path) -> None:
    ran = bridge("check", strange)
    assert ran.code == 1
    assert ran.out.startswith(f"{strange}: invalid but accepted under the policy (QueryRequest")
    policy = told(bridge("check", strange, "--json"))["policy"]
    assert (policy["verdict"], policy["refused"]) == ("accepted", [])
    assert "R-EDM-REQ-C004" in policy["warned"] and "R-EDM-REQ-S008" in policy["ignored"]


def test_what_we_send_is_judged_more_strictly(bridge: Cli, strange: Path) -> None:
    policy = told(bridge("check", strange, "--sending", "--json"))["policy"]
    assert policy["verdict"] == "refused"
    assert "R-EDM-REQ-C004" in policy["refused"]


def test_a_policy_of_ones_own_decides_per_rule_and_peer(
    bridge: Cli, strange: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "strictness.toml"
    policy.write_text(
        '[[receiving]]\nrules = ["R-EDM-REQ-C004"]\ndo = "refuse"\n'
        '[[peer]]\nid = "ap-fi"\n[[peer.receiving]]\nrules = ["*"]\ndo = "ignore"\n'
    )
    words = ("check", strange, "--policy", policy, "--json")
    assert told(bridge(*words))["policy"]["refused"] == ["R-EDM-REQ-C004"]
    assert told(bridge(*words, "--peer", "ap-fi"))["policy"]["verdict"] == "accepted"


def test_a_policy_that_cannot_be_read_is_wrong_use(bridge: Cli, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('[[receiving]]\nrule = ["*"]\ndo = "warn"\n')
    ran = bridge("check", REQUEST, "--policy", path)
    assert ran.code == 2
    assert "unknown key 'rule'" in ran.err and "rules" in ran.err


def test_cautions_are_shown_on_demand_only(bridge: Cli, strange: Path) -> None:
    assert "R-EDM-REQ-S008" not in bridge("check", strange).out
    assert "3 of severity info are not shown (--all)" in bridge("check", strange).out
    assert "R-EDM-REQ-S008" in bridge("check", strange, "--all").out
    assert "R-EDM-REQ-S008" in bridge("check", REQUEST, "--all").out


# --- what is asked -------------------------------------------------------------------------


def test_a_message_is_judged_as_another_version(bridge: Cli) -> None:
    shown = told(bridge("check", REQUEST, "--version", "edm-2.0", "--json"))
    assert shown["version"] == "2.0"
    assert {"R-EDM-REQ-C001", "XSD"} & ids(shown)
    assert ids(shown) >= ids(told(bridge("check", REQUEST, "--version", "2.0", "--json")))


@pytest.mark.parametrize(("word", "said"), [("9.9", "no version"), ("1.0", "several versions")])
def test_a_version_that_means_none_or_several_is_wrong_use(
    bridge: Cli, word: str, said: str
) -> None:
    ran = bridge("check", REQUEST, "--version", word)
    assert ran.code == 2
    assert said in ran.err and "edm-1.0" in ran.err


def test_a_version_without_such_a_message_says_so(bridge: Cli) -> None:
    ran = bridge("check", REQUEST, "--version", "xnachweis-1.4")
    assert ran.code == 3
    assert "belongs to no message of xnachweis-1.4" in ran.out


ONLY = {
    "structure": ({"R-EDM-REQ-S006"}, {"R-EDM-REQ-C004", "XSD"}),
    "content": ({"R-EDM-REQ-C004"}, {"R-EDM-REQ-S006", "XSD"}),
    "schema": (set(), {"R-EDM-REQ-S006", "R-EDM-REQ-C004"}),
}


@pytest.mark.parametrize("stage", ONLY)
def test_one_kind_of_findings_is_asked_for(bridge: Cli, tmp_path: Path, stage: str) -> None:
    path = tmp_path / "broken.xml"
    path.write_bytes(STRANGE.replace(b'name="IssueDateTime"', b'name="Unheard"'))
    every = ids(told(bridge("check", path, "--json")))
    asked = ids(told(bridge("check", path, "--only", stage, "--json")))
    expected, others = ONLY[stage]
    assert expected <= every and expected <= asked
    assert not asked & others


def test_an_answer_is_held_against_its_request(bridge: Cli) -> None:
    words = ("check", RESPONSE, "--only", "pair", "--json", "--pair")
    assert "BRIDGE-PAIR-001" in ids(told(bridge(*words, FIXTURES / "edm/1.2/request-small.xml")))


def test_a_request_that_cannot_be_read_is_named(bridge: Cli, tmp_path: Path) -> None:
    path = tmp_path / "request.xml"
    path.write_bytes(b"<a>")
    ran = bridge("check", RESPONSE, "--pair", path)
    assert ran.code == 3
    assert "--pair" in ran.err and str(path) in ran.err


def test_a_header_beside_the_message_is_judged_with_it(bridge: Cli, tmp_path: Path) -> None:
    header = tmp_path / "header.xml"
    header.write_text(messaging("ExecuteQueryResponse"))
    shown = told(bridge("check", REQUEST, "--header", header, "--only", "header", "--json"))
    assert "BRIDGE-HEADER-001" in ids(shown)


def test_a_submission_to_domibus_is_unpacked_and_judged_whole(bridge: Cli, tmp_path: Path) -> None:
    path = tmp_path / "submission.xml"
    path.write_text(submission(messaging("ExecuteQueryResponse"), STRANGE))
    shown = told(bridge("check", path, "--json"))
    assert shown["kind"] == "QueryRequest"
    assert {"BRIDGE-HEADER-001", "R-EDM-REQ-C004"} <= ids(shown)


def test_dates_are_judged_by_the_time_that_is_given(bridge: Cli) -> None:
    early = told(bridge("check", REQUEST, "--now", "2020-01-01T00:00:00Z", "--json"))
    assert "BRIDGE-PLAUSIBLE-001" in ids(early)


# --- where messages come from --------------------------------------------------------------


def zipped(members: dict[str, bytes]) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return box.getvalue()


def test_a_folder_is_walked_in_order_of_names(bridge: Cli, tmp_path: Path) -> None:
    for name in ("b/two.xml", "a/one.xml", "a/note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(OCTETS)
    ran = bridge("check", tmp_path)
    assert [line.partition(":")[0] for line in ran.out.splitlines()[:2]] == [
        str(tmp_path / "a/one.xml"),
        str(tmp_path / "b/two.xml"),
    ]
    assert ran.out.endswith("2 messages: 2 valid\n")


def test_an_archive_is_read_member_by_member(bridge: Cli, tmp_path: Path) -> None:
    path = tmp_path / "captured.bin"
    path.write_bytes(zipped({"b.xml": STRANGE, "a.xml": OCTETS, "readme.txt": b"", "c.xml": b"<"}))
    ran = bridge("check", path, "--json")
    assert ran.code == 3
    shown = [(one["file"], one["verdict"]) for one in ran.json["files"]]
    assert shown == [
        (f"{path}!/a.xml", "valid"),
        (f"{path}!/b.xml", "invalid"),
        (f"{path}!/c.xml", "unreadable"),
    ]


@pytest.mark.parametrize("octets", [OCTETS, zipped({"a.xml": OCTETS})], ids=["message", "archive"])
def test_stdin_holds_a_message_or_an_archive(octets: bytes) -> None:
    ran = process("-m", "bridge", "check", "-", stdin=octets)
    assert (ran.code, ran.err) == (0, "")
    assert "valid (QueryRequest" in ran.out


# --- what is said about it -----------------------------------------------------------------


def test_each_broken_rule_is_explained_on_demand(bridge: Cli, strange: Path) -> None:
    ran = bridge("check", strange, "--explain", "--language", "de")
    _, _, explained = ran.out.partition("\n\n")
    assert "R-EDM-REQ-C004 (fatal)" in explained
    assert "in-list(., 'LanguageCode')" in explained and "TDD 4.6" in explained
    assert "Sprache" in explained
    assert "R-EDM-REQ-S008 (info)" not in explained
    rules = bridge("check", strange, "--explain", "--json").json["rules"]
    assert set(rules) == ids(told(bridge("check", strange, "--json"))) - {"READ-CODE-UNKNOWN"}
    assert set(rules["R-EDM-REQ-C004"]["text"]) == {"en", "de"}


def test_findings_are_written_as_sarif(bridge: Cli, strange: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "findings.sarif"
    assert bridge("check", strange, "--sarif", path).code == 1
    (run,) = json.loads(path.read_text("utf-8"))["runs"]
    result = next(r for r in run["results"] if r["ruleId"] == "R-EDM-REQ-C004")
    place = result["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == 15
    assert place["artifactLocation"]["uri"].endswith("strange.xml")


# --- the library ---------------------------------------------------------------------------


def test_the_library_gives_the_verdict_of_the_command(bridge: Cli, strange: Path) -> None:
    report = library.check(STRANGE)
    shown = told(bridge("check", strange, "--json"))
    assert isinstance(report, library.Report)
    assert report.verdict == shown["verdict"]
    assert {finding.id for finding in report.findings} == ids(shown)


def test_the_library_loads_nothing_before_it_is_asked() -> None:
    ran = process("-c", "import sys, bridge; print('lxml' in sys.modules); print(bridge.check)")
    assert ran.out.splitlines()[0] == "False"
    assert "check" in ran.out.splitlines()[1]


def test_a_request_beside_that_cannot_be_read_is_a_finding_of_the_library() -> None:
    report = library.check(RESPONSE.read_bytes(), request=b"<a>", header=b"<b>")
    found = {finding.id for finding in report.findings}
    assert {"BRIDGE-PAIR-UNREADABLE", "BRIDGE-HEADER-UNREADABLE"} <= found


def test_the_page_on_the_library_runs_as_it_stands() -> None:
    import doctest

    failed, tried = doctest.testfile(
        str(REPOSITORY / "docs" / "library.md"),
        module_relative=False,
        globs={"request_octets": OCTETS, "response_octets": RESPONSE.read_bytes()},
    )
    assert (failed, tried > 5) == (0, True)
