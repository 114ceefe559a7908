from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import SettingsFault
from bridge.finding import Finding, Severity
from bridge.resources import mappings
from bridge.rules.strictness import Decision, load_strictness, meant

POLICY = """\
[[receiving]]
rules = ["A-S*"]
severity = ["fatal"]
do = "refuse"
[[receiving]]
rules = ["*"]
severity = ["info"]
do = "ignore"
[[sending]]
rules = ["*"]
severity = ["fatal"]
do = "refuse"
[[peer]]
id = "FR"
why = "their platform writes it so"
[[peer.receiving]]
rules = ["A-S1"]
do = "ignore"
"""


def finding(rule: str, severity: str = "fatal") -> Finding:
    return Finding(rule, Severity(severity), "/", "It holds.")


def write(folder: Path, text: str) -> Path:
    path = folder / "strictness.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("rule", "severity", "circumstances", "expected"),
    [
        ("A-S1", "fatal", {}, "refuse"),
        ("A-S1", "warning", {}, "warn"),
        ("A-C1", "fatal", {}, "warn"),
        ("A-C1", "info", {}, "ignore"),
        ("A-C1", "fatal", {"sending": True}, "refuse"),
        ("A-S1", "fatal", {"peer": "FR"}, "ignore"),
        ("A-S2", "fatal", {"peer": "FR"}, "refuse"),
        ("A-S1", "fatal", {"peer": "PL"}, "refuse"),
        ("A-S1", "fatal", {"peer": "FR", "sending": True}, "refuse"),
    ],
)
def test_the_first_row_that_fits_decides(
    tmp_path: Path, rule: str, severity: str, circumstances: dict[str, object], expected: str
) -> None:
    policy = load_strictness(write(tmp_path, POLICY))
    decided = policy.decide(finding(rule, severity), **circumstances)  # type: ignore[arg-type]
    assert decided == expected


def test_a_verdict_sorts_findings_and_names_what_refuses(tmp_path: Path) -> None:
    policy = load_strictness(write(tmp_path, POLICY))
    findings = [finding("A-S1"), finding("A-S1"), finding("A-C1"), finding("A-C2", "info")]
    verdict = policy.verdict(findings)
    assert (len(verdict.refused), len(verdict.warned), len(verdict.ignored)) == (2, 1, 1)
    assert verdict.rule_ids == ("A-S1",)
    assert not verdict.accepted
    assert policy.verdict(findings, peer="FR").accepted


REFUSED = {
    "an unknown part": ("x = 1\n", "unknown key 'x'"),
    "an unknown key": (POLICY.replace("severity", "severities", 1), "did you mean 'severity'"),
    "an unknown word": (POLICY.replace('"refuse"', '"burn"', 1), "'burn' is none of"),
    "an unknown severity": (POLICY.replace('"fatal"', '"grave"', 1), "'grave' is none of"),
    "no rules": (POLICY.replace('["A-S*"]', "[]"), "'rules' is a list"),
    "a peer without name": (POLICY.replace('id = "FR"\n', ""), "'id' is missing"),
    "no TOML": ("[[x", "cannot be read"),
    "a peer that is no table": ("peer = 5\n", "'peer' must be a list"),
    "rows that are no list": ("receiving = 5\n", "'receiving' must be a list"),
    "rows of a peer that are no list": (
        '[[peer]]\nid = "FR"\nreceiving = 5\n',
        "'receiving' must be a list",
    ),
    "a severity that is no list": (POLICY.replace('["fatal"]', '"fatal"', 1), "'severity' must"),
    "a severity that is a number": (POLICY.replace('["fatal"]', "[5]", 1), "'severity' must"),
    "a standard that is no list": (
        POLICY.replace("severity =", 'standards = "edm-1.2"\nseverity =', 1),
        "'standards' must be a list",
    ),
    "a rule that is no text": (
        POLICY.replace('["A-S*"]', "[5]"),
        "'rules' must be a list of texts",
    ),
    "a peer that stands twice": (POLICY + '[[peer]]\nid = "FR"\n', "FR stands twice"),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_policy_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsFault, match=says):
        load_strictness(write(tmp_path, text))


SHIPPED = {
    "structure": ("R-EDM-REQ-S005", "fatal", False, Decision.REFUSE),
    "identity": ("R-EDM-RESP-C028", "fatal", False, Decision.REFUSE),
    "version": ("R-EDM-REQ-C001", "fatal", False, Decision.REFUSE),
    "schema": ("XSD", "fatal", False, Decision.REFUSE),
    "language": ("R-EDM-REQ-C028", "fatal", False, Decision.WARN),
    "length": ("R-EDM-REQ-C092", "fatal", False, Decision.WARN),
    "a legal content id": ("R-EDM-RESP-C042", "fatal", False, Decision.WARN),
    "another request's answer": ("BRIDGE-PAIR-001", "fatal", False, Decision.REFUSE),
    "a file that is not there": ("FILE", "fatal", False, Decision.REFUSE),
    "an envelope without a message": (
        "BRIDGE-ENVELOPE-NO-MESSAGE",
        "fatal",
        False,
        Decision.REFUSE,
    ),
    "a caution": ("R-EDM-REQ-S008", "info", False, Decision.IGNORE),
    "language in what we send": ("R-EDM-REQ-C028", "fatal", True, Decision.REFUSE),
    "a caution in what we send": ("R-EDM-REQ-S008", "info", True, Decision.IGNORE),
}


@pytest.mark.parametrize(("rule", "severity", "sending", "expected"), SHIPPED.values(), ids=SHIPPED)
def test_the_shipped_policy_refuses_structure_and_identity(
    rule: str, severity: str, sending: bool, expected: Decision
) -> None:
    policy = load_strictness(mappings() / "strictness.toml")
    assert policy.decide(finding(rule, severity), sending=sending) is expected


def test_a_policy_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "strictness.toml"
    path.write_bytes(b"# \xff\n")
    with pytest.raises(SettingsFault, match="cannot be read"):
        load_strictness(path)


def test_what_was_done_with_each_finding_is_told(tmp_path: Path) -> None:
    findings = [finding("A-S1"), finding("A-C1"), finding("A-C2", "info")]
    decisions = load_strictness(write(tmp_path, POLICY)).verdict(findings).decisions
    assert [decisions[each] for each in findings] == ["refuse", "warn", "ignore"]


PATTERNS = {
    "all": ("R-EDM-REQ-C001", "*", True),
    "a beginning": ("R-EDM-REQ-C001", "R-EDM-REQ-*", True),
    "a question mark is itself": ("R-EDM-ebMS-?P2", "R-EDM-ebMS-?P2", True),
    "a question mark is no other letter": ("R-EDM-ebMS-0P2", "R-EDM-ebMS-?P2", False),
    "a bracket is itself": ("A-1", "A-[12]", False),
    "case counts": ("XSD", "xsd", False),
}


@pytest.mark.parametrize(("rule", "pattern", "expected"), PATTERNS.values(), ids=PATTERNS)
def test_only_a_star_is_more_than_itself(rule: str, pattern: str, expected: bool) -> None:
    assert meant(rule, pattern) is expected
