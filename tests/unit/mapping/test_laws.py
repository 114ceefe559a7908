"""The laws that bindings alone decide: every source leaf has a row, every mandatory target a source."""

from __future__ import annotations

import pytest

from bridge.mapping.fitting import Filled
from bridge.mapping.laws import missing_targets, unnamed_sources
from bridge.mapping.plan import Branch, LeafOp, Plan
from bridge.mapping.table import Row
from bridge.xml.nodes import Shape
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import edm_versions

ROW = Row(id="r")


def shape(edm: str, kind: str = "QueryRequest") -> Shape:
    return CATALOGUE.binding(edm).message(kind).shape


def leaf() -> Branch:
    return Branch(ROW, "r", op=LeafOp(ROW, "r", None, None, None))


@pytest.mark.parametrize("edm", edm_versions())
def test_a_plan_without_rows_names_no_leaf(edm: str) -> None:
    every = [path for path, _row in shape(edm).leaf_paths()]
    assert sorted(unnamed_sources([Plan()], shape(edm))) == sorted(every)


@pytest.mark.parametrize("edm", edm_versions())
def test_a_row_names_its_leaf_and_a_whole_row_all_that_is_inside(edm: str) -> None:
    plan = Plan({"id": [leaf()], "EvidenceProvider": [Branch(ROW, "r", whole=True)]})
    left = set(unnamed_sources([plan], shape(edm)))
    assert "id" not in left
    assert "IssueDateTime" in left
    assert not [path for path in left if path.startswith("EvidenceProvider/")]


def test_of_a_group_on_the_way_only_the_named_leaves_are_covered() -> None:
    edm = edm_versions()[-1]
    inner = Plan({"FamilyName": [Branch(ROW, "r", plan=Plan({"value": [leaf()]}))]})
    plan = Plan({"NaturalPerson": [Branch(ROW, "r", plan=inner)]})
    left = set(unnamed_sources([plan], shape(edm)))
    assert "NaturalPerson/FamilyName/value" not in left
    assert {"NaturalPerson/FamilyName/nonLatin", "NaturalPerson/DateOfBirth"} <= left


def test_rows_of_a_part_for_the_group_itself_count() -> None:
    edm = edm_versions()[0]
    joined = Branch(ROW, "r", plan=Plan({"id": [leaf()]}), target=())
    assert "id" not in set(unnamed_sources([Plan(before=[joined])], shape(edm)))


def test_a_constant_of_the_binding_needs_no_row() -> None:
    for edm in edm_versions():
        assert "SpecificationIdentifier" not in set(unnamed_sources([Plan()], shape(edm)))
        assert "SpecificationIdentifier" not in set(missing_targets(Filled(), shape(edm)))


@pytest.mark.parametrize("edm", edm_versions())
def test_an_empty_target_misses_what_is_mandatory_and_nothing_optional(edm: str) -> None:
    missing = set(missing_targets(Filled(), shape(edm)))
    assert {"id", "IssueDateTime", "EvidenceProvider/Identifier/value"} <= missing
    assert not [path for path in missing if path.startswith(("lang", "PreviewLocation"))]


def test_what_is_filled_is_not_missing_and_what_is_begun_must_be_finished() -> None:
    edm = edm_versions()[0]
    filled = Filled({"id": "r", "NaturalPerson/FamilyName/value": "r"}, {"EvidenceProvider"})
    missing = set(missing_targets(filled, shape(edm)))
    assert "id" not in missing
    assert not [path for path in missing if path.startswith("EvidenceProvider/")]
    assert "NaturalPerson/DateOfBirth" in missing


def test_of_a_choice_one_member_is_enough() -> None:
    edm = edm_versions()[0]
    choices = shape(edm).choices
    text = " ".join(missing_targets(Filled(), shape(edm)))
    for label, members in choices.items():
        first = shape(edm).field(members[0])
        assert first is not None
        if first.least:
            assert label in text
            one = {f"{members[0]}/": "group"}
            assert f"({label}:" not in " ".join(missing_targets(Filled(one), shape(edm)))
