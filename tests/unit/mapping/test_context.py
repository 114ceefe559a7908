"""The context: named groups, the clock, ids that repeat for a seed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import MappingFault
from bridge.mapping.context import Context, lookup, seeded_ids
from bridge.mapping.surroundings import misshapen
from bridge.mapping.tables import load_context
from bridge.message import Head, Message, group
from tests.mapping_worlds import TABLES, bare_context

FIELDS = group(
    {
        "id": "1",
        "Agent": [{"C": "ER", "Name": [{"v": "a"}, {"v": "b"}]}, {"C": "IP", "X": {"k": "y"}}],
        "Codes": ["c", "d"],
    }
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "1"),
        ("Agent[C=IP]/X/k", "y"),
        ("Agent[X/k=y]/C", "IP"),
        ("Agent[C=EP]", None),
        ("Agent[1]/Name[1]/v", "a"),
        ("Agent[1]/Name/v", "a"),
        ("Codes[]", ("c", "d")),
        ("Codes[1]", "c"),
        ("id/more", None),
        ("none", None),
    ],
)
def test_a_path_is_followed_with_its_selectors(path: str, value: Any) -> None:
    assert lookup(FIELDS, path) == value


def test_messages_and_groups_are_found_by_name() -> None:
    message = Message(Head("edm", "1", "QueryRequest"), FIELDS)
    context = bare_context().with_messages(request=message).with_values(session={"a": {"b": 2}})
    assert context.find("request:id") == "1"
    assert context.find("session:a/b") == 2
    assert context.find("order:id") is None
    assert context.find("platform:country") == "DE"


def test_the_clock_speaks_utc() -> None:
    zone = timezone(timedelta(hours=2))
    context = Context(datetime(2026, 1, 1, 0, 30, 5, 999_999, tzinfo=zone), seeded_ids("x"))
    assert context.find("now:utc") == "2025-12-31T22:30:05Z"
    assert context.find("now:utc-millis") == "2025-12-31T22:30:05.999Z"
    assert context.find("now:date") == "2025-12-31"
    assert context.find("now:local") is None


def test_ids_repeat_for_a_seed_and_look_random() -> None:
    first, again, other = seeded_ids("a"), seeded_ids("a"), seeded_ids("b")
    drawn = [first() for _ in range(50)]
    assert drawn == [again() for _ in range(50)]
    assert other() not in drawn
    assert len(set(drawn)) == 50
    assert {(uuid.version, uuid.variant) for uuid in drawn} == {(4, drawn[0].variant)}


def test_a_context_is_not_changed_by_making_another() -> None:
    context = bare_context()
    context.with_values(platform={"country": "FR"})
    assert context.find("platform:country") == "DE"


def test_the_shipped_context_names_us_and_a_laboratory() -> None:
    assert set(TABLES.defaults) == {"platform", "product", "register", "reader", "settings"}
    assert bare_context().find("settings:environment") == "test"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1", "'a' must be a table"),
        ("a =", "not valid TOML"),
        ("[a.b]\nc = [1]", r"'a.b.c\[1\]' must be text"),
    ],
)
def test_a_context_file_that_is_wrong_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "context.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(MappingFault, match=said):
        load_context(path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"settings": {"legal_basis": True}}, "'settings.legal_basis' must be text"),
        ({"settings": {"allow_document": "x"}}, "'settings.allow_document' must be true or false"),
        ({"settings": {"uid_suppression": "AT"}}, "'settings.uid_suppression' must be a list"),
        ({"settings": {"test_country": True}}, "'settings.test_country' must be text"),
        ({"choice": {"EvidenceRequest": "x"}}, "'choice.EvidenceRequest' must be a table"),
        ({"platform": {"Agent": {"Name": "x"}}}, "'platform.Agent.Name' must be a list"),
    ],
)
def test_an_entry_of_another_kind_is_named_with_group_and_key(
    values: dict[str, Any], said: str
) -> None:
    assert misshapen(TABLES.defaults, group(values)) == (said,)


def test_entries_of_the_right_kind_are_none_of_them() -> None:
    assert misshapen(TABLES.defaults, TABLES.defaults) == ()
