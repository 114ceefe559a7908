"""Texts after a pattern of XML Schema: libxml2 judges that they have it."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.mapping.draw import Draw
from bridge.mapping.sampling import sampler

PATTERNS = [
    "[0-9]{4}-(0[1-9]|1[0-2])",
    "[A-Z]{2}",
    r"[A-Z]{2}[A-Za-z0-9\-]*\.[^\s].{0,200}",
    r"[0-9]+(\.[0-9]+)?|-",
    r"\d{2,5}",
    "(a|bc|)d*e?f+",
    "[^a-z0-9]x",
    "[a-z-[aeiou]]{3}",
    r"\p{Lu}\p{L}{0,3}\P{Nd}",
    r"[\-+.]\w\s\S",
    "x{2,}y{3}",
    "(ab)?c",
    r"\[\(\)\]\\",
    "[a-]",
]


def valid(pattern: str, texts: list[str]) -> bool:
    schema = etree.XMLSchema(
        etree.fromstring(
            f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
            <xs:element name="all"><xs:complexType><xs:sequence>
              <xs:element name="t" maxOccurs="unbounded"><xs:simpleType>
                <xs:restriction base="xs:string"><xs:pattern value="{pattern}"/></xs:restriction>
              </xs:simpleType></xs:element>
            </xs:sequence></xs:complexType></xs:element></xs:schema>"""
        )
    )
    root = etree.Element("all")
    for text in texts:
        etree.SubElement(root, "t").text = text
    return bool(schema.validate(root))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_sample_has_the_pattern(pattern: str) -> None:
    sample = sampler(pattern)
    assert valid(pattern, [sample(Draw(seed)) for seed in range(100)])
    assert valid(pattern, [sample(Draw(replay=()))])


@pytest.mark.parametrize("pattern", ["[0-9]{2,5}", "a|b|c", "x*"])
def test_samples_differ_and_the_plainest_is_the_shortest(pattern: str) -> None:
    sample = sampler(pattern)
    made = {sample(Draw(seed)) for seed in range(50)}
    assert len(made) > 2
    assert len(sample(Draw(replay=()))) == min(map(len, made))


@pytest.mark.parametrize("pattern", ["(ab", "[ab", "a{2", "a)", "a)b"])
def test_what_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|group|quantifier"):
        sampler(pattern)
