"""Rows for some versions only: patterns, what is lost where the target has no such field."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.mapping.compile import fits
from bridge.mapping.convert import CONVERTERS
from tests.mapping_worlds import TABLES, changed_tables, env_for, in_row

OLD, NEW = "xnachweis-1.2.0", "xnachweis-1.4"


@pytest.mark.parametrize(
    ("version", "pattern", "fitting"),
    [
        ("1.2", "1.2", True),
        ("1.2", "1.*", True),
        ("2.0", "1.*", False),
        ("1.0", "!1.0", False),
        ("1.1", "!1.0", True),
        ("1.2.0", "!1.2*", False),
        ("1.4", "!1.2*", True),
    ],
)
def test_a_pattern_names_versions_or_all_others(version: str, pattern: str, fitting: bool) -> None:
    assert fits(version, pattern) is fitting


def test_without_a_word_on_the_lacking_field_the_law_is_broken(tmp_path: Path) -> None:
    silent = in_row("person-nationality", 'lacking = "this version has no field for it"', "")
    problems = changed_tables(tmp_path, {"common.toml": silent}).check()
    assert any(
        "no row names the field" in text and "NaturalPerson/Nationality[]" in text
        for text in problems
    )


def test_a_row_that_names_a_field_of_other_versions_is_told(tmp_path: Path) -> None:
    wider = in_row("response.available", 'versions = { xnachweis = "!1.2*" }', "")
    problems = changed_tables(tmp_path, {"common.toml": wider}).check()
    assert any("row response.available" in text and "no list" in text for text in problems)


@pytest.mark.parametrize(
    ("direction", "target", "value", "spelt"),
    [
        ("to-xnachweis", NEW, "datamodels/car-1.0.0", "datamodels/car-1.0.0"),
        ("to-xnachweis", OLD, "datamodels/car-1.0.0", "distributions/car-1.0.0"),
        ("to-edm", "edm-1.2", "distributions/car-1.0.0", "datamodels/car-1.0.0"),
    ],
)
def test_a_data_model_stands_in_the_folder_of_its_version(
    direction: str, target: str, value: str, spelt: str
) -> None:
    apply = CONVERTERS["data-model"].towards(direction)
    assert apply is not None
    host = "https://sr.oots.tech.ec.europa.eu/"
    assert apply(host + value, env_for(direction=direction, target=target)) == host + spelt


def test_a_configured_host_goes_before_that_of_the_version() -> None:
    apply = CONVERTERS["repository"].towards("to-edm")
    assert apply is not None
    settings = {"repository_host": "https://sr.acc.oots.tech.ec.europa.eu/"}
    env = env_for(direction="to-edm", target="edm-1.0", settings=settings)
    given = "https://sr.oots.tech.ec.europa.eu/requirements/1"
    assert apply(given, env) == "https://sr.acc.oots.tech.ec.europa.eu/requirements/1"


@pytest.mark.parametrize("country", ["de", "DE", "ec", "EC"])
def test_an_evidence_type_is_found_where_its_country_is_not_named(country: str) -> None:
    known = TABLES.evidence_types["vehicle-registration"]
    number = known.classification.rpartition("/")[2]
    start = "https://sr.oots.tech.ec.europa.eu/evidencetypeclassifications"
    assert TABLES.evidence_type(f"{start}/{country}/{number}") is known
    assert TABLES.evidence_type(f"{start}/FR/{number}") is None
