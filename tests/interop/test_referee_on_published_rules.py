"""The referee over what was published: rules told by the reference, and schemas.

The reference tells the published tests in XPath 2.0, so they are made into Schematron files here as
a publisher would ship them. Ours share nothing with them but the numbers.
"""

from __future__ import annotations

import functools
import random
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from lxml import etree

from bridge.referee.artefacts import Artefacts
from bridge.referee.compare import What
from bridge.referee.referee import RULES, SCHEMA, Referee
from bridge.rules.check import shipped
from tests.fixture_files import messages, name_of, versions
from tests.mutations import mutations
from tests.published_rules import LISTS, MESSAGES, NAMESPACES, codes, rules, variables
from tests.reference import reference

SCH = "http://purl.oclc.org/dsdl/schematron"
MUTANTS = 2
DIFFERENT = {"double", "stray"}
"""First words of mutations after which XPath 2.0 raises an error, see tests/data/test_rule_referee."""


def schematron(kind: str, version: str) -> bytes:
    """The published rows of a kind of message, a pattern for each row."""
    lines = [f'<schema xmlns="{SCH}" queryBinding="xslt2">']
    lines += [f'<ns prefix="{prefix}" uri="{uri}"/>' for prefix, uri in NAMESPACES.items()]
    for name, values in variables(version).items():
        listed = ", ".join(f"'{value}'" for value in values)
        lines.append(f'<let name="{name}" value={quoteattr(f"({listed})")}/>')
    countries = "|".join(codes(LISTS["OOTS_Country"]))
    for row in rules(kind, version):
        context = row["context_xpath"].replace("${OOTS_Country}", countries)
        test = row["test"].replace("${OOTS_Country}", countries)
        lines.append(
            f"<pattern><rule context={quoteattr(context)}>"
            f'<assert id="{row["id"]}" test={quoteattr(test)}>text</assert></rule></pattern>'
        )
    return "\n".join([*lines, "</schema>"]).encode()


@functools.cache
def referee() -> Referee:
    files = {
        f"{version}/EDM-{short}.sch": schematron(kind, version)
        for version in versions("edm")
        for kind, short in MESSAGES.items()
    }
    return Referee(shipped(), Artefacts(files), parts=frozenset({RULES}))


def test_every_file_is_meant_for_its_kind_and_version() -> None:
    found = {file.path: sorted(file.kinds) for file in referee().files}
    expected = {
        f"{version}/EDM-{short}.sch": [(f"edm-{version}", kind)]
        for version in versions("edm")
        for kind, short in MESSAGES.items()
    }
    assert found == expected
    assert referee().broken() == ()


@pytest.mark.parametrize("path", messages("edm"), ids=name_of)
def test_published_and_own_rules_agree_on_a_message(path: Path) -> None:
    found = referee()(path.name, path.read_bytes())
    assert found.files
    assert [each for each in found.disagreements if each.counts] == []


@pytest.mark.parametrize("version", versions("edm"))
def test_published_and_own_rules_agree_on_broken_messages(version: str) -> None:
    chance = random.Random(20260302)
    found, fired = [], 0
    for path in messages("edm", version)[::4]:
        mutants = list(mutations(etree.fromstring(path.read_bytes())))
        for name, mutant in chance.sample(mutants, MUTANTS):
            if name.split()[0] in DIFFERENT:
                continue
            octets = etree.tostring(mutant)
            found += [
                each
                for each in referee()(name, octets).disagreements
                if each.what is not What.ERROR
            ]
            fired += bool(shipped()(octets).findings)
    assert [f"{each.message}: {each.rule}" for each in found if each.counts] == []
    assert fired


def test_the_published_schemas_agree_with_ours_on_the_version_they_are_of() -> None:
    root = reference("data/published")
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in ("regrep4", "sdg-1.0.0", "xml")
        for path in (root / folder).glob("*.xsd")
    }
    judge = Referee(shipped(), Artefacts(files), parts=frozenset({SCHEMA}))
    for path in messages("edm", "1.0"):
        found = judge(path.stem, path.read_bytes())
        assert found.files == ("regrep4/query.xsd",)
        assert (found.schema_fault, found.disagreements) == ("", ()), path.stem


def test_a_publication_that_lacks_what_it_imports_is_told() -> None:
    root = reference("data/published/xnachweis-1.2.0")
    files = {path.name: path.read_bytes() for path in root.glob("*.xsd")}
    judge = Referee(shipped(), Artefacts(files), parts=frozenset({SCHEMA}))
    path = messages("xnachweis", "1.2.0")[0]
    found = judge(path.stem, path.read_bytes())
    assert found.schema_fault.startswith("the schema cannot be compiled (xnachweis-baukasten.xsd")
    assert found.disagreements == ()
