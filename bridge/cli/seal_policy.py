"""What becomes of a translation whose input is sealed: the policy on verdicts (docs/seal.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.cli.step import Step
from bridge.finding import Finding, Severity, in_order

if TYPE_CHECKING:
    from bridge.cli.documents import Loaded
    from bridge.cli.seal import Sealed


def seals_of(inputs: Sequence[Loaded], trust: Sequence[str], at: datetime) -> tuple[Sealed, ...]:
    """Verify the seals of the inputs that have some. Raises ``SettingsFault`` for bad trust."""
    sealed = [
        each
        for each in inputs
        if any(path.endswith("/Signature") for path, _ in each.message.fields.leaves())
    ]
    if not sealed:
        return ()
    from bridge.cli.seal import trust_of, verify

    judges = trust_of(list(trust))
    return tuple(seal for each in sealed for seal in verify(each, judges, at))


def with_seals(step: Step, seals: Sequence[Sealed], *, trusting: bool) -> Step:
    """Refuse the message where the policy for a verdict says so (NOOTS 4.3).

    Without any trust named a good seal of an unknown certificate is a warning: whose seal it is
    has not been judged, but that it covers the document has.
    """
    if not seals:
        return step
    from bridge.xml.seal import POLICY_0302

    findings = []
    for seal in seals:
        value = seal.verdict.value
        if value == "untrusted-certificate" and not trusting:
            told = "the seal is not checked against any trust; name certificates with --trust"
            findings.append(
                Finding("SEAL-UNTRUSTED", Severity.WARNING, seal.object_id, told, seal.line)
            )
        elif POLICY_0302[value] == "refuse":
            reason = f"{value}: {seal.verdict.reason}"
            findings.append(Finding("SEAL", Severity.FATAL, seal.object_id, reason, seal.line))
    refused = any(finding.severity is Severity.FATAL for finding in findings)
    octets = None if refused else step.octets
    return replace(step, findings=in_order((*step.findings, *findings)), octets=octets)
