"""An answer of a register names one provider (NOOTS 9.3); more are a defect, never merged."""

from __future__ import annotations

from dataclasses import replace

from bridge.mapping.translate import translate
from bridge.message import Group
from tests.mapping_worlds import TABLES, exchange, shipped

ANSWER = "xnachweis/1.4/0302-full"


def fatal_ids(providers: int) -> set[str]:
    answer = shipped(ANSWER)
    (provider,) = [
        agent for agent in answer.fields["EvidenceProvider"] if agent["Classification"] == "EP"
    ]
    fields = Group({**answer.fields, "EvidenceProvider": (provider,) * providers})
    translation = translate(replace(answer, fields=fields), TABLES, exchange("edm-2.0"), "edm-2.0")
    return {finding.id for finding in translation.findings if finding.severity == "fatal"}


def test_one_provider_passes() -> None:
    assert "MAPPING-SEVERAL" not in fatal_ids(1)


def test_two_providers_stop_the_answer() -> None:
    assert "MAPPING-SEVERAL" in fatal_ids(2)
