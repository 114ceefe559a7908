"""A large attachment passes through both ends without standing in the memory of either."""

from __future__ import annotations

from tests.scenario.cli import process

MEGABYTES = 96
MOST_GROWN_KB = 48 << 10
"""Half of the attachment; 500 MB grow it by no more (python -m tests.as4_large)."""


def test_memory_does_not_grow_with_the_attachment() -> None:
    ran = process("-m", "tests.as4_large", MEGABYTES)
    assert ran.code == 0, ran.err
    assert ran.json["sender_kb"] < MOST_GROWN_KB
    assert ran.json["receiver_kb"] < MOST_GROWN_KB
