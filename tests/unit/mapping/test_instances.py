"""Made-up documents are valid by the schemas of their data models, and always the same ones."""

from __future__ import annotations

import pytest
import xmlschema
from lxml import etree

from bridge.mapping.draw import Draw
from bridge.mapping.forms import Form, Forms
from bridge.mapping.instances import End, Instances, fits
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse
from tests.example_world import CATALOGUE as EXAMPLE
from tests.fixture_files import CATALOGUE
from tests.mapping_worlds import TABLES

PAYLOADS = [s for s in CATALOGUE.standards if not s.startswith(("edm-", "xnachweis-"))]
MODELS = [(CATALOGUE, s) for s in PAYLOADS] + [(EXAMPLE, s) for s in EXAMPLE.standards]
IDS = [standard for _catalogue, standard in MODELS]
COUNT = 150


def end(catalogue: Catalogue, standard: str) -> End:
    binding = catalogue.binding(standard)
    kind = next(iter(binding.messages.values()))
    return End(binding, kind, Instances(binding, kind, Forms(binding.schema)))


@pytest.mark.parametrize(("catalogue", "standard"), MODELS, ids=IDS)
def test_every_document_is_valid_and_read_as_it_was_made(
    catalogue: Catalogue, standard: str
) -> None:
    model = end(catalogue, standard)
    schema = etree.XMLSchema(etree.parse(str(model.binding.schema)))
    for _draw, fields in model.instances.several(COUNT):
        octets = catalogue.write(catalogue.message(standard, model.kind.kind, fields))
        assert schema.validate(etree.fromstring(octets)), schema.error_log
        assert model.invalid(octets) == ""
        reading = catalogue.read(parse(octets))
        assert reading.message.fields == fields
        assert reading.findings == ()


@pytest.mark.parametrize(("catalogue", "standard"), MODELS, ids=IDS)
def test_the_other_engine_agrees(catalogue: Catalogue, standard: str) -> None:
    model = end(catalogue, standard)
    schema = xmlschema.XMLSchema(str(model.binding.schema))
    for _draw, fields in model.instances.several(8):
        octets = catalogue.write(catalogue.message(standard, model.kind.kind, fields))
        schema.validate(octets.decode("utf-8"))


@pytest.mark.parametrize(("catalogue", "standard"), MODELS, ids=IDS)
def test_the_first_is_plain_the_second_full_and_all_fields_occur(
    catalogue: Catalogue, standard: str
) -> None:
    model = end(catalogue, standard)
    made = [fields for _draw, fields in model.instances.several(COUNT)]
    sizes = [sum(1 for _ in fields.leaves()) for fields in made]
    assert sizes[0] == min(sizes)
    assert sizes[1] > sizes[0] or len(set(sizes)) == 1
    seen = {
        "/".join(s.partition("[")[0] for s in p.split("/")) for f in made for p, _ in f.leaves()
    }
    every = {path.replace("[]", "") for path, _field in model.kind.shape.leaf_paths()}
    assert seen == every


@pytest.mark.parametrize(("catalogue", "standard"), MODELS, ids=IDS)
def test_the_same_documents_come_again_and_choices_give_them_back(
    catalogue: Catalogue, standard: str
) -> None:
    model = end(catalogue, standard)
    first = list(model.instances.several(20))
    again = [fields for _draw, fields in end(catalogue, standard).instances.several(20)]
    assert [fields for _draw, fields in first] == again
    for draw, fields in first:
        assert model.instances.make(Draw(replay=draw.taken)) == fields


@pytest.mark.parametrize("standard", [s for s in PAYLOADS if "-national-" in s])
def test_national_documents_stay_in_their_repertoire(standard: str) -> None:
    kind = next(iter(CATALOGUE.binding(standard).messages))
    made = TABLES.end(standard, kind, "national").instances
    for _draw, fields in made.several(60):
        for _path, value in fields.leaves():
            assert not isinstance(value, str) or TABLES.latin.allowed.fullmatch(value)


@pytest.mark.parametrize(
    ("form", "text", "fine"),
    [
        (Form(least=2, most=3), "ab", True),
        (Form(least=2, most=3), "a", False),
        (Form(least=2, most=3), "abcd", False),
        (Form(values=("x", "y")), "x", True),
        (Form(values=("x", "y")), "z", False),
        (Form(patterns=("[a-z]+", ".{3}")), "abc", True),
        (Form(patterns=("[a-z]+", ".{3}")), "ab", False),
        (Form(patterns=(r"\p{L}+\i\c",)), "äbc-", True),
    ],
)
def test_a_text_has_a_form_or_not(form: Form, text: str, fine: bool) -> None:
    assert fits(form, text) is fine


def test_what_is_not_valid_is_told_without_namespaces() -> None:
    model = end(EXAMPLE, "example-eu-1.0")
    octets = b'<ExampleEvidence xmlns="urn:noots-bridge:evidence:example:eu:1.0"><IssueDate>x</IssueDate></ExampleEvidence>'
    told = model.invalid(octets)
    assert "IssueDate" in told
    assert "urn:" not in told
