"""Contexts are laid over one another; messages stand in them under fixed names."""

from __future__ import annotations

import pytest

from bridge.errors import MappingFault
from bridge.mapping.surroundings import name_in_context, overlaid
from bridge.message import Group, Head, Message, group


def message(kind: str) -> Message:
    return Message(Head("family", "version", kind), Group())


NAMES = {
    "QueryRequest": "request",
    "DE.EvidenceRequest.0301": "inquiry",
    "DE.EvidenceOrder.0401": "order",
    "DE.GetEvidence.0411": "get",
}


@pytest.mark.parametrize(("kind", "name"), NAMES.items())
def test_a_message_has_its_name_in_the_context(kind: str, name: str) -> None:
    assert name_in_context(message(kind)) == name


@pytest.mark.parametrize("kind", ["QueryResponse", "DE.EvidenceResponse.0302", ""])
def test_a_message_that_supplies_nothing_is_refused(kind: str) -> None:
    with pytest.raises(MappingFault, match="supplies nothing"):
        name_in_context(message(kind))


OVERLAYS = {
    "a new group": ({"a": {"x": "1"}}, {"b": {"y": "2"}}, {"a": {"x": "1"}, "b": {"y": "2"}}),
    "a field beside others": (
        {"a": {"x": "1", "y": "2"}},
        {"a": {"y": "3"}},
        {"a": {"x": "1", "y": "3"}},
    ),
    "deeper down": ({"a": {"b": {"x": "1"}}}, {"a": {"b": {"y": "2"}}}, {"a": {"b": {"x": "1", "y": "2"}}}),
    "a list replaces a list": ({"a": {"x": ["1", "2"]}}, {"a": {"x": ["3"]}}, {"a": {"x": ["3"]}}),
    "a group replaces a value": ({"a": {"x": "1"}}, {"a": {"x": {"y": "2"}}}, {"a": {"x": {"y": "2"}}}),
}  # fmt: skip


@pytest.mark.parametrize(("below", "above", "result"), OVERLAYS.values(), ids=OVERLAYS)
def test_what_is_above_wins_and_the_rest_stays(below, above, result) -> None:
    base = group(below)
    assert overlaid(base, group(above)) == group(result)
    assert base == group(below)
