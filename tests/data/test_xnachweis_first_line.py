"""Our XNachweis 1.2.0 schemas say and judge what the published ones do: here the referee exists."""

from __future__ import annotations

import re
import shutil
from itertools import islice
from pathlib import Path

import pytest
from lxml import etree

from tests.data import noots_tables as noots
from tests.data.schema_structure import simple_types, structures
from tests.mutations import mutations
from tests.reference import REPOSITORY, reference

FOLDER = REPOSITORY / "xsd" / "xnachweis" / "1.2.0"
FIXTURES = sorted((REPOSITORY / "fixtures" / "xnachweis" / "1.2.0").glob("*.xml"))
PUBLISHED = "data/published/xnachweis-1.2.0"
STEM = "urn:xoev-de:bva:standard:xnachweis:schema:xnachweis-"

#: Types of the publication that no message uses.
UNUSED = {"xn-eu-edm:RegistryObjectType"}
#: Simple types that say the same in another way (SOURCE.md), or in another order.
SAME_LANGUAGE = {"xn-bdt:IDNrType", "xn-bdt:messagetypes"}
#: Of an optional leaf's many mutations every one is tried in small messages, each Nth in large ones.
STRIDE = {"small": 1, "full": 5}


def prefixes() -> dict[str, str]:
    """Prefix by namespace, the 1.4 suffix of the reference's table taken off."""
    return {uri.removesuffix("_1.4"): prefix for uri, prefix in noots.prefixes().items()}


def test_every_type_has_the_children_base_and_attributes_of_the_published_one() -> None:
    theirs = structures(reference(PUBLISHED), "*.xsd", prefixes())
    ours = structures(FOLDER, "xnachweis-*.xsd", prefixes())
    assert theirs.keys() - ours.keys() == UNUSED
    assert ours.keys() - theirs.keys() == set()
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    assert len(ours) > 50


def test_every_simple_type_has_the_base_and_pattern_of_the_published_one() -> None:
    theirs = simple_types(reference(PUBLISHED), "*.xsd", prefixes())
    ours = simple_types(FOLDER, "xnachweis-*.xsd", prefixes())
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} == SAME_LANGUAGE
    order = "xn-bdt:messagetypes"
    assert sorted(ours[order].split()) == sorted(theirs[order].split())


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> tuple[etree.XMLSchema, etree.XMLSchema]:
    """Ours and theirs. The XÖV base that theirs import is ours: none is at hand."""
    folder = tmp_path_factory.mktemp("published")
    for file in reference(PUBLISHED).glob("*.xsd"):
        text = file.read_text(encoding="utf-8")
        patched = re.sub(r'schemaLocation="[^"]*/([^"/]+)"', r'schemaLocation="\1"', text)
        (folder / file.name).write_text(patched, encoding="utf-8")
    for name in ("xoev-*.xsd", "din-*.xsd"):
        for file in FOLDER.glob(name):
            shutil.copy(file, folder)
    entry = "xnachweis-de-noots.xsd"
    return etree.XMLSchema(etree.parse(FOLDER / entry)), etree.XMLSchema(
        etree.parse(folder / entry)
    )


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_fixture_and_its_mutants_get_the_same_verdict_from_both(
    path: Path, schemas: tuple[etree.XMLSchema, etree.XMLSchema]
) -> None:
    ours, theirs = schemas
    root = etree.parse(path, etree.XMLParser(remove_blank_text=True)).getroot()
    assert (ours.validate(root), theirs.validate(root)) == (True, True), theirs.error_log
    stride = STRIDE.get(path.stem.partition("-")[2], 40)
    refused = 0
    for name, mutant in islice(mutations(root), 0, None, stride):
        verdict = bool(ours.validate(mutant))
        assert verdict is bool(theirs.validate(mutant)), name
        refused += not verdict
    assert refused > 5
