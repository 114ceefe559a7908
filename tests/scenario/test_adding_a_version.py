"""A new version is a folder below xsd/ and a few words in the tables; no Python is touched.

The made-up version 9.9 of the EDM is 2.0 under another name.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.mapping.tables import Tables
from bridge.mapping.translate import translate, write
from bridge.resources import mappings, standards
from bridge.rules.schema import SchemaCheck
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse
from tests.mapping_worlds import exchange, national_versions, shipped
from tests.scenario.cli import FIXTURES, Cli

MODEL, ADDED = "2.0", "9.9"
REQUESTS = ["request-small", "request-full", "request-second", "request-extreme-legal"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all data folders, with one more version in them."""
    root = tmp_path_factory.mktemp("world")
    shutil.copytree(standards(), root / "xsd")
    shutil.copytree(mappings(), root / "mappings")
    folder = root / "xsd" / "edm" / ADDED
    shutil.copytree(root / "xsd" / "edm" / MODEL, folder)
    for name in ("binding.toml", "rules.toml"):
        text = (folder / name).read_text("utf-8").replace(f'"{MODEL}"', f'"{ADDED}"')
        (folder / name).write_text(text.replace(f"edm:v{MODEL}", f"edm:v{ADDED}"), "utf-8")
    for table in (root / "mappings").glob("*.toml"):
        text = table.read_text("utf-8")
        table.write_text(text.replace('edm = "2.*"', 'edm = ["2.*", "9.*"]'), "utf-8")
    return root


@pytest.fixture(scope="module")
def tables(world: Path) -> Tables:
    return Tables(world / "mappings", Catalogue(world / "xsd"))


def document(name: str) -> bytes:
    octets = (FIXTURES / "edm" / MODEL / f"{name}.xml").read_bytes()
    return octets.replace(f"edm:v{MODEL}".encode(), f"edm:v{ADDED}".encode())


def test_the_laws_of_the_tables_hold_with_the_new_version(tables: Tables) -> None:
    assert f"edm-{ADDED}" in tables.catalogue.standards
    assert any(f"edm-{ADDED}" in route for route in tables.routes())
    assert tables.check() == []


@pytest.mark.parametrize("name", [*REQUESTS, "response-full", "exception-full"])
def test_its_messages_are_read_checked_and_written(tables: Tables, name: str) -> None:
    reading = tables.catalogue.read(parse(document(name)))
    assert reading.findings == ()
    assert reading.message.head.standard == f"edm-{ADDED}"
    assert tables.catalogue.write(reading.message) == document(name)
    binding = tables.catalogue.binding(f"edm-{ADDED}")
    assert SchemaCheck()(parse(document(name)), binding) == ()


@pytest.mark.parametrize("national", national_versions())
@pytest.mark.parametrize("name", REQUESTS[:3])
def test_its_requests_are_translated(tables: Tables, name: str, national: str) -> None:
    request = tables.catalogue.read(parse(document(name))).message
    context = exchange(f"edm-{MODEL}", national=national)
    result = translate(request, tables, context, national, table="document")
    assert not result.refused
    binding = tables.catalogue.binding(national)
    assert SchemaCheck()(parse(write(result, tables)), binding) == ()


@pytest.mark.parametrize("national", national_versions())
def test_what_is_asked_for_in_it_is_written_in_it(tables: Tables, national: str) -> None:
    order = shipped(f"{national.replace('-', '/')}/0401-full")
    context = exchange(f"edm-{MODEL}", national=national).with_messages(order=order)
    result = translate(order, tables, context, f"edm-{ADDED}", table="document")
    written = write(result, tables)
    assert f"oots-edm:v{ADDED}".encode() in written
    assert SchemaCheck()(parse(written), tables.catalogue.binding(f"edm-{ADDED}")) == ()


def test_the_command_line_speaks_it(bridge: Cli, world: Path, tmp_path: Path) -> None:
    path = tmp_path / "request.xml"
    path.write_bytes(document("request-small"))
    assert bridge("check", path).code == 3
    ran = bridge("check", path, "--standards", world / "xsd")
    assert ran.code == 0
    assert f"QueryRequest, edm {ADDED}" in ran.out
