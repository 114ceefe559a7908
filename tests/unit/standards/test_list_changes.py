"""What is different between editions, and what a new one keeps of an old one."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.standards.codelists import Edition, ListHead
from bridge.standards.list_changes import Change, Kind, changes, laid_over

HEAD = ListHead("made up", name="Colours", uri="urn:x", version="1")


def edition(columns: str, *rows: str, head: ListHead = HEAD) -> Edition:
    names = tuple(columns.split(","))
    made = [dict(zip(names, row.split(","), strict=True)) for row in rows]
    return Edition(head, names, {row["code"]: row for row in made})


OLD = edition("code,name,hue,valid_from,valid_until", "R,red,0,2020-01-01,", "G,green,120,,")

CASES = {
    "nothing": (edition("code,name,hue,valid_from,valid_until", "R,red,0,2020-01-01,", "G,green,120,,"), ()),
    "another order": (edition("code,name,hue,valid_from,valid_until", "G,green,120,,", "R,red,0,2020-01-01,"), ()),
    "added": (
        edition("code,name,hue,valid_from,valid_until", "R,red,0,2020-01-01,", "G,green,120,,", "B,blue,240,,"),
        (Change(Kind.ADDED, "B", after="blue"),),
    ),
    "removed": (
        edition("code,name,hue,valid_from,valid_until", "R,red,0,2020-01-01,"),
        (Change(Kind.REMOVED, "G", before="green"),),
    ),
    "renamed": (
        edition("code,name,hue,valid_from,valid_until", "R,rouge,0,2020-01-01,", "G,green,120,,"),
        (Change(Kind.RENAMED, "R", "red", "rouge"),),
    ),
    "recoded": (
        edition("code,name,hue,valid_from,valid_until", "RR,red,0,2020-01-01,", "G,green,120,,"),
        (Change(Kind.RECODED, "R", "R", "RR"),),
    ),
    "another text": (
        edition("code,name,hue,valid_from,valid_until", "R,red,360,2020-01-01,", "G,green,120,,"),
        (Change(Kind.TEXT, "R", "0", "360", "hue"),),
    ),
    "retired": (
        edition("code,name,hue,valid_from,valid_until", "R,red,0,2020-01-01,2025-12-31", "G,green,120,,"),
        (Change(Kind.RETIRED, "R", "from 2020-01-01", "2020-01-01 to 2025-12-31"),),
    ),
    "another begin": (
        edition("code,name,hue,valid_from,valid_until", "R,red,0,2021-01-01,", "G,green,120,,"),
        (Change(Kind.VALIDITY, "R", "from 2020-01-01", "from 2021-01-01"),),
    ),
    "a column less": (edition("code,name,valid_from", "R,red,2020-01-01", "G,green,"), ()),
}  # fmt: skip


@pytest.mark.parametrize(("new", "expected"), CASES.values(), ids=CASES.keys())
def test_a_change_is_told_as_what_it_is(new: Edition, expected: tuple[Change, ...]) -> None:
    assert changes(OLD, new) == expected


def test_two_codes_of_one_name_are_no_recoding() -> None:
    old = edition("code,name", "A,x", "B,x")
    kinds = [change.kind for change in changes(old, edition("code,name", "A,x", "C,x"))]
    assert kinds == [Kind.ADDED, Kind.REMOVED]


def test_codes_without_a_name_are_no_recoding() -> None:
    kinds = [c.kind for c in changes(edition("code", "A"), edition("code", "B"))]
    assert kinds == [Kind.ADDED, Kind.REMOVED]


def test_columns_that_a_publication_lacks_are_kept_with_the_begin_of_a_code() -> None:
    made = laid_over(OLD, edition("code,name", "R,rouge", "B,blue"))
    assert made.columns == ("code", "name", "hue", "valid_from")
    assert dict(made.rows) == {
        "R": {"code": "R", "name": "rouge", "hue": "0", "valid_from": "2020-01-01"},
        "B": {"code": "B", "name": "blue", "hue": "", "valid_from": ""},
    }


def test_a_code_that_is_published_again_is_in_force_again() -> None:
    old = edition("code,valid_until", "R,2024-12-31")
    assert laid_over(old, edition("code", "R")).rows["R"] == {"code": "R"}


def test_codes_that_are_gone_are_kept_up_to_a_day_when_asked() -> None:
    made = laid_over(OLD, edition("code,name", "R,red"), date(2025, 12, 31))
    assert made.columns == ("code", "name", "hue", "valid_from", "valid_until")
    assert made.rows["G"]["valid_until"] == "2025-12-31"
    assert made.rows["R"]["valid_until"] == ""
    assert list(made.rows) == ["R", "G"]


def test_a_code_that_ended_before_stays_ended() -> None:
    old = edition("code,valid_until", "R,2024-12-31", "G,")
    made = laid_over(old, edition("code", "G"), date(2025, 12, 31))
    assert made.rows["R"]["valid_until"] == "2024-12-31"


def test_a_code_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="the code R would end before it begins"):
        laid_over(OLD, edition("code", "G"), date(2019, 12, 31))


def test_name_and_uri_stay_where_the_new_edition_has_none_its_version_does_not() -> None:
    made = laid_over(OLD, edition("code", "R", head=ListHead("new")))
    assert made.head == ListHead("new", name="Colours", uri="urn:x")
