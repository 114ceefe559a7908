"""A run as one JSON object, piece by piece, so that a long run is never in memory as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bridge.conform.tally import Run


def as_json(run: Run, *, plain: bool = False) -> Iterator[str]:
    """Give the object in pieces: the figures, ``rules``, ``kinds``, then ``outcomes``.

    ``plain`` writes every letter beyond ASCII as an escape, for streams that cannot hold it.
    """

    def dumped(value: object) -> str:
        return json.dumps(value, ensure_ascii=plain)

    yield "{\n"
    for key, value in run.figures().items():
        yield f"  {dumped(key)}: {dumped(value)},\n"
    yield f'  "kinds": {dumped(_kinds(run))},\n'
    yield f'  "rules": {dumped(_rules(run))},\n'
    yield '  "outcomes": ['
    before = "\n    "
    for outcome in run.outcomes:
        yield before + dumped(outcome.as_json())
        before = ",\n    "
    yield "\n  ]\n}\n"


def _kinds(run: Run) -> list[dict[str, object]]:
    return [
        {"kind": kind or None, "standard": standard or None, "verdict": verdict, "messages": count}
        for (kind, standard, verdict), count in sorted(run.tally.kinds.items())
    ]


def _rules(run: Run) -> list[dict[str, object]]:
    tally = run.tally
    return [
        {
            "id": rule,
            "severity": severity,
            "findings": count,
            "messages": tally.hit[rule],
            "unexpected": tally.unexpected[rule],
        }
        for (rule, severity), count in sorted(tally.rules.items())
    ]
