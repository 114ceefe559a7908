"""Converters of identifiers and addresses of the Semantic Repository."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.mapping.account import Unmappable
from bridge.mapping.codes import UnknownCode
from bridge.mapping.convert import CONVERTERS
from tests.mapping_worlds import edm_versions, env_for

DE, EU = "to-xnachweis", "to-edm"
EAS = "urn:cef.eu:names:identifier:EAS:"
UNREGISTERED = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"
SR = "https://sr.oots.tech.ec.europa.eu/"
ACC = "https://sr.acc.oots.tech.ec.europa.eu/"
UUID = "5e4bd6d4-6a8e-4c0b-9a25-1f6d2c3b7a11"
OLD, NEW = edm_versions()[0], edm_versions()[-1]


def convert(name: str, direction: str, value: Any, **around: Any) -> tuple[Any, int]:
    env = env_for(direction=direction, **around)
    apply = CONVERTERS[name].towards(direction)
    assert apply is not None
    return apply(value, env), len(env.account.lost)


GIVEN = [
    ("scheme", DE, EAS + "0204", EAS + "0204", 0),
    ("scheme", DE, "0204", EAS + "0204", 1),
    ("scheme", DE, UNREGISTERED + "EE", UNREGISTERED + "EE", 0),
    ("scheme", DE, UNREGISTERED + "oots", UNREGISTERED + "DE", 1),
    ("scheme", EU, UNREGISTERED + "GR", UNREGISTERED + "EL", 0),
    ("scheme", EU, EAS + "0204", EAS + "0204", 0),
    ("party", EU, "x" * 255, "x" * 255, 0),
    ("party", DE, "x" * 300, "x" * 300, 0),
    ("eidas", EU, "DE/EE/0123456789", "DE/EE/0123456789", 0),
    ("eidas", DE, "EE/DE/0123456789", "EE/DE/0123456789", 0),
    ("repository", DE, f"{SR}requirements/{UUID}", f"{SR}requirements/{UUID}", 0),
    ("repository", DE, f" {ACC}requirements/{UUID}", f"{SR}requirements/{UUID}", 0),
    ("repository", DE, f"{SR}evidencetypeclassifications/oots/{UUID}", f"{SR}evidencetypeclassifications/DE/{UUID}", 1),
    ("repository", EU, f"{SR}requirements/{UUID}", f"{SR}requirements/{UUID}", 0),
    ("data-model", DE, f"{ACC}distributions/birth-1.0", f"{SR}datamodels/birth-1.0", 0),
    ("data-model", DE, f"{SR}datamodels/birth-1.0", f"{SR}datamodels/birth-1.0", 0),
    ("uuid", DE, f"urn:uuid:{UUID}", UUID, 0),
    ("urn", DE, UUID, f"urn:uuid:{UUID}", 0),
    ("urn", EU, f"urn:uuid:{UUID}", f"urn:uuid:{UUID}", 0),
    ("bare-urn", DE, f"urn:uuid:{UUID}", UUID, 0),
    ("bare-urn", EU, UUID, f"urn:uuid:{UUID}", 0),
    ("urn-bare", DE, UUID, f"urn:uuid:{UUID}", 0),
    ("urn-bare", EU, f"urn:uuid:{UUID}", UUID, 0),
    ("nuts", DE, "Bayern", "Bayern", 0),
    ("nuts", EU, "DE21", "DE21", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "direction", "value", "result", "losses"),
    GIVEN,
    ids=[f"{row[0]} {row[1]} {row[2][-30:]}" for row in GIVEN],
)
def test_a_value_is_converted(
    name: str, direction: str, value: str, result: str, losses: int
) -> None:
    assert convert(name, direction, value) == (result, losses)


REFUSED = [
    ("party", EU, "x" * 256),
    ("eidas", EU, "0123456789"),
    ("eidas", EU, "de/EE/0123456789"),
    ("eidas", EU, "DE/EE/short"),
    ("repository", DE, "https://example.test/requirements/1"),
    ("data-model", DE, f"{SR}requirements/{UUID}"),
    ("data-model", DE, "https://example.test/datamodels/x"),
    ("nuts", EU, "Bayern"),
    ("nuts", EU, "DE2100"),
]


@pytest.mark.parametrize(
    ("name", "direction", "value"), REFUSED, ids=[f"{r[0]} {r[1]} {r[2][:20]}" for r in REFUSED]
)
def test_what_cannot_be_carried_over_is_refused_without_quoting_it(
    name: str, direction: str, value: str
) -> None:
    with pytest.raises(Unmappable) as caught:
        convert(name, direction, value)
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("region", "country", "passes"),
    [("EL30", "GR", True), ("EL30", "EL", True), ("DE21", "DE", True), ("DE21", "FR", False)],
)
def test_a_region_passes_in_its_own_country_only(region: str, country: str, passes: bool) -> None:
    if passes:
        assert convert("nuts", EU, region, item={"AdminUnitLevel1": country}) == (region, 0)
        return
    with pytest.raises(Unmappable):
        convert("nuts", EU, region, item={"AdminUnitLevel1": country})


@pytest.mark.parametrize(
    ("value", "target", "path", "passes"),
    [
        pytest.param("AT/EE/0123456789", NEW, "NaturalPerson/Identifier/value", False, id="derived per receiver"),
        pytest.param("AT/EE/0123456789", NEW, "LegalPerson/LegalPersonIdentifier/value", True, id="organisations are exempt"),
        pytest.param("BE/EE/0123456789", NEW, "NaturalPerson/Identifier/value", True, id="other countries"),
        pytest.param("AT/AT/0123456789", OLD, "NaturalPerson/Identifier/value", True, id="older version, same state"),
        pytest.param("AT/AT/0123456789", NEW, "NaturalPerson/Identifier/value", False, id="newer version, same state"),
    ],
)  # fmt: skip
def test_identifiers_of_some_countries_stay_where_they_were_made(
    value: str, target: str, path: str, passes: bool
) -> None:
    settings = {"uid_suppression": ["AT"], "uid_suppression_not_from": [OLD]}
    around = {"target": target, "path": path, "settings": settings}
    if passes:
        assert convert("eidas", EU, value, **around) == (value, 0)
        return
    with pytest.raises(Unmappable):
        convert("eidas", EU, value, **around)


def test_an_identifier_made_for_another_country_does_not_travel() -> None:
    assert convert("eidas", EU, "DE/EE/0123456789", receiver={"country": "EE"})[0]
    with pytest.raises(Unmappable, match="another country"):
        convert("eidas", EU, "DE/FR/0123456789", receiver={"country": "EE"})


def test_a_foreign_identifier_out_of_form_is_told_and_passes() -> None:
    env = env_for(direction=DE)
    assert CONVERTERS["eidas"].to_national is not None
    assert CONVERTERS["eidas"].to_national("X1", env) == "X1"
    assert [finding.id for finding in env.account.findings] == ["EIDAS-FORM"]


@pytest.mark.parametrize(
    ("environment", "told"), [("test", []), ("production", ["SR-ENVIRONMENT"])]
)
def test_an_address_of_a_test_environment_is_told_in_production(
    environment: str, told: list[str]
) -> None:
    env = env_for(direction=DE, settings={"environment": environment})
    assert CONVERTERS["repository"].to_national is not None
    CONVERTERS["repository"].to_national(f"{ACC}requirements/{UUID}", env)
    assert [finding.id for finding in env.account.findings] == told


def test_towards_the_eu_the_host_of_the_environment_comes_back() -> None:
    settings = {"repository_host": ACC}
    assert convert("repository", EU, f"{SR}x/y", settings=settings) == (f"{ACC}x/y", 0)


@pytest.mark.parametrize(
    ("direction", "scheme", "number", "result"),
    [
        (DE, "LEI", "98450000000000000099", EAS + "0199"),
        (EU, EAS + "0199", "98450000000000000099", "LEI"),
        (DE, "VAT", "DE999999999", EAS + "9930"),
        (EU, EAS + "9930", "DE999999999", "VAT"),
        (DE, "SIC", "4511", None),
    ],
)
def test_the_scheme_of_a_company_number_has_a_counterpart_or_the_number_stays(
    direction: str, scheme: str, number: str, result: str | None
) -> None:
    item = {"schemeID": scheme, "value": number}
    try:
        found = convert("company-scheme", direction, scheme, item=item)[0]
        kept = convert("company-number", direction, number, item=item)[0]
    except UnknownCode:
        found = kept = None
    assert found == result
    assert kept == (number if result else None)
