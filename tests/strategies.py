"""Fields of any message, drawn from its binding: one strategy for every standard and version.

``fields_of(shape)`` gives what the schema of the version allows, as far as the kinds and the table
``PATTERNS`` can promise it; ``fields_of(shape, wild=True)`` gives texts of all characters that XML
allows, for the laws of reader and writer that hold whatever the schema says.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from bridge.message import Group, group
from bridge.names import DS, split_clark
from bridge.xml.nodes import Field, Leaf, Place, Shape

MOST_ITEMS: Final = 2

_BLANKS = " \t\r\n"
_BLANK_RUN = re.compile("[ \t\r\n]+")
# Letters of both String.Latin and DIN 91379 C, and all that has to be escaped somewhere.
_LATIN = "aZ09 -.,:;/&<>'\"()äöüßÄÖÜéèñçłŁőřşğİıåøŐ§€\t\n\r"
_WIDE = _LATIN + "ΑλφάΩςЖжщЩъѢ中ÿ\u00a0\u2019𝄞"

_WORD = "[A-Za-z0-9]{1,8}"
_SLUG = "[a-z0-9][a-z0-9/_.-]{0,12}"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_SR = r"https://sr\.oots\.tech\.ec\.europa\.eu/"
# Countries that both lists know, as each side spells them: Greece is EL in the EU, GR at home.
_COUNTRY = "[A-FH-PR-WYZ][A-Z]|G[A-QS-Z]"
_STAAT = "[A-DF-PR-WYZ][A-Z]|E[A-KM-Z]"
_STATE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
_SEVERITY = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:"

# Where the kind alone is wider than the schema: (type or message, field) or field to a pattern.
# Names of types are those of the bindings; the same name means the same in all versions.
PATTERNS: Final[dict[tuple[str, str] | str, str]] = {
    ("Identifier.EAS", "schemeID"): r"urn:cef\.eu:names:identifier:EAS:[0-9]{4}"
    r"|urn:oasis:names:tc:ebcore:partyid-type:unregistered:[A-Z]{2}",
    ("Identifier.eIDAS", "value"): "[A-Z]{2}/[A-Z]{2}/[A-Z0-9]{1,10}",
    ("PersonType", "IDNr"): "[1-9][0-9]{10}",
    ("AuthorizedPersonType", "IDNr"): "[1-9][0-9]{10}",
    ("PrioritizedFormat", "Priority"): "[1-9][0-9]{0,3}",
    ("RequirementType_NOOTS", "Identifier"): f"{_SR}requirements/{_UUID}",
    "EvidenceTypeClassification": f"{_SR}evidencetypeclassifications/[A-Z]{{2}}/{_UUID}",
    "ConformsTo": f"{_SR}datamodels/{_SLUG}",
    "Transformation": f"{_SR}datamodels/{_SLUG}",
    "JurisdictionParameters": "[0-9]{12}",
    ("QueryResponse", "status"): f"{_STATE}(Success|Unavailable)",
    ("ExceptionResponse", "status"): f"{_STATE}Failure",
    ("Exception", "type"): "rs:(InvalidRequest|ObjectNotFound|Authorization)ExceptionType",
    ("Exception", "severity"): f"{_SEVERITY}Error",
    "nonLatin": "[Α-Ωά-ώЀ-ѿ][Α-Ωά-ώЀ-ѿ ]{0,6}[Α-Ωά-ώЀ-ѿ]",
    "href": "cid:[0-9a-f]{32}@[a-z]{3}\\.example",
    # structured evidence: national names first, then those of the EU forms
    "E": "[A-Z0-9]{3,17}",
    "N_2_1": "[0-9]{4}",
    "N_14_1": "[0-9]{4}",
    "P_1": r"[0-9]{1,5}(\.[0-9]{1,2})?|-",
    "Baujahr": "[0-9]{4}",
    "NaechsteHauptuntersuchung": "[0-9]{4}-(0[1-9]|1[0-2])",
    "Staat": _STAAT,
    "staat": _STAAT,
    "euid": r"[A-Z]{2}[A-Za-z0-9]{1,5}\.[A-Z0-9]{1,8}",
    "wirtschaftszweigschluessel": "[0-9]{2,5}",
    "IdentificationNumber": "[A-Z0-9]{3,17}",
    "YearOfManufacture": "[0-9]{4}",
    "AdminUnitLevel1": _COUNTRY,
    "IssuingCountry": _COUNTRY,
    "EUID": r"[A-Z]{2}[A-Za-z0-9]{1,5}\.[A-Z0-9]{1,8}",
    ("Activity", "Code"): r"[0-9]{2}(\.[0-9]{1,2})?",
    "IDNr": "[1-9][0-9]{10}",
    "geburtszeit": "([01][0-9]|2[0-3]):[0-5][0-9]",
    "staatsangehoerigkeit": _STAAT,
    "bundeseinheitlicheWirtschaftsnummer": "DE[0-9]{9}",
    "sprache": "[a-z]{2}",
    "regionalschluessel": "[0-9]{12}",
    "Citizenship": _COUNTRY,
    ("TertiaryEducationDiploma", "Language"): "[A-Z]{2}",
    ("LocalText", "lang"): "[A-Z]{2}",
}

# What a namespace wants in another way than the names above say.
DIALECTS: Final[dict[str, dict[tuple[str, str] | str, str]]] = {
    "urn:xoev-de:bva:standard:xnachweis:schema:xnachweis-de-noots": {
        ("Identifier.EAS", "schemeID"): r"urn:cef\.eu:names:identifier:EAS:[0-9]{4}",
        "EvidenceTypeClassification": f"{_SR}evidencetypeclassifications/ec/{_UUID}",
        "ConformsTo": f"{_SR}distributions/{_SLUG}",
        "Transformation": f"{_SR}distributions/{_SLUG}",
        "ConversationID": "[a-z_][a-z0-9-]{3,12}",
    },
}

EVIDENCE: Final = "urn:noots-bridge:evidence:"
"""Namespaces of the contents of evidence; their texts are names and words of all of Europe."""
_EUROPE: Final = (
    "Muster-Bäcker", "Ångström", "O'Neill", "Đorđević", "Łucja", "Żółkiewska", "Őrsi", "Şirin", "Ioniță",
    "Žižkovská", "Přibyl", "Ģirts", "Jūratė", "Þóra Æsa", "Ħal Għaxaq", "Núñez", "Brânză", "Çağlayan",
    "Παπαδόπουλος", "Θεσσαλονίκη", "Ἀθήνα", "Иванова", "Щърбаков", "Größenau an der Weiß", "12 a", "S/7",
)  # fmt: skip


def fields_of(shape: Shape, wild: bool = False) -> st.SearchStrategy[Group]:
    """Fields of a message or type that the writer accepts; no list is longer than two items."""
    spaces = [split_clark(row.tag)[0] for row in shape.fields]
    dialect = next((space for space in spaces if space in DIALECTS), "")
    dialect = dialect or next((space for space in spaces if space.startswith(EVIDENCE)), "")
    return _groups(shape, wild, dialect).map(group)


def value_of(
    field: Field, owner: str, wild: bool = False, dialect: str = ""
) -> st.SearchStrategy[Any]:
    """Values of one leaf field; ``owner`` is the type or message it stands in."""
    leaf = field.of
    assert isinstance(leaf, Leaf)
    if leaf.kind == "xml":
        return _signature(field.tag)
    if leaf.codes:
        return st.sampled_from(sorted(leaf.codes))
    names = ((owner, field.name), field.name)
    tables = (DIALECTS.get(dialect, {}), PATTERNS)
    pattern = next((t[name] for t in tables for name in names if name in t), None)
    if pattern is not None and (not wild or leaf.kind in ("qname", "code")):
        found = st.from_regex(pattern, fullmatch=True)
        return found.map(int) if leaf.type is int else _as_read(found, leaf)
    found = (_WILD if wild else _TAME)[leaf.kind]
    if dialect.startswith(EVIDENCE) and leaf.kind in ("token", "text") and not wild:
        found = found | _WORDS
    return _as_read(found, leaf)


def _as_read(found: st.SearchStrategy[Any], leaf: Leaf) -> st.SearchStrategy[Any]:
    """Addresses of the Semantic Repository in the host of their version."""
    if leaf.kind != "sr-uri":
        return found
    return found.map(lambda text: leaf.read(text, lambda rule, message: None))


@cache
def _groups(shape: Shape, wild: bool, dialect: str) -> st.SearchStrategy[dict[str, Any]]:
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    choices: dict[str, list[st.SearchStrategy[dict[str, Any]]]] = {}
    wrappers: list[st.SearchStrategy[dict[str, Any]]] = []
    for row in shape.fields:
        if row.constant is not None:
            continue
        if not row.name:
            assert isinstance(row.of, Shape)
            inner = _groups(row.of, wild, dialect)
            wrappers.append(inner if row.least else st.just({}) | inner)
        elif row.choice:
            member = st.fixed_dictionaries({row.name: _values(row, shape.name, wild, dialect)})
            choices.setdefault(row.choice, [] if row.least else [st.just({})]).append(member)
        elif row.least or row.place is Place.TEXT:
            required[row.name] = _values(row, shape.name, wild, dialect)
        else:
            optional[row.name] = _values(row, shape.name, wild, dialect)
    parts = [st.one_of(members) for members in choices.values()] + wrappers
    own = st.fixed_dictionaries(required, optional=optional)
    order = [row.name for row in shape.named_fields()]
    return st.tuples(own, *parts).map(lambda found: _joined(found, order))


def _joined(parts: tuple[dict[str, Any], ...], order: list[str]) -> dict[str, Any]:
    """The fields in the order of the schema, in which a message is read."""
    found = {name: value for part in parts for name, value in part.items()}
    return {name: found[name] for name in order if name in found}


def _values(row: Field, owner: str, wild: bool, dialect: str) -> st.SearchStrategy[Any]:
    if isinstance(row.of, Shape):
        shape = row.of
        one: st.SearchStrategy[Any] = st.deferred(lambda: _groups(shape, wild, dialect))
    else:
        one = value_of(row, owner, wild, dialect)
    if not row.repeated:
        return one
    least = max(1, row.least)
    return st.lists(one, min_size=least, max_size=max(least, min(row.most, MOST_ITEMS)))


def _text(alphabet: st.SearchStrategy[str] | str, least: int = 0) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=8)


def _trimmed(value: str) -> str:
    return value.strip(_BLANKS)


def _composed(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip(_BLANKS)


def _collapsed(value: str) -> str:
    return " ".join(part for part in _BLANK_RUN.split(value) if part)


def _date_time(parts: tuple[datetime, str, str]) -> str:
    moment, fraction, zone = parts
    return f"{moment.replace(microsecond=0).isoformat()}{fraction}{zone}"


_MOMENTS = st.tuples(
    st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31)),
    st.sampled_from(("", ".0", ".25", ".125", ".000000001", ".123456789")),
    st.sampled_from(("Z", "+00:00", "+01:00", "-11:30", "+14:00")),
).map(_date_time)
_UUIDS = st.uuids().map(str)
_ANY = st.sampled_from(_WIDE) | st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"
)

_WORDS: Final = st.lists(st.sampled_from(_EUROPE), min_size=1, max_size=2).map(" ".join)

_TAME: Final[dict[str, st.SearchStrategy[Any]]] = {
    "string": _text(_LATIN, 1).map(_trimmed).filter(bool),
    "text": _text(_LATIN, 1).map(_composed).filter(bool),
    "token": st.from_regex(_WORD, fullmatch=True),
    "uri": st.from_regex(f"https://example\\.test/{_SLUG}", fullmatch=True),
    "sr-uri": st.from_regex(f"{_SR}{_SLUG}", fullmatch=True),
    "uuid": _UUIDS,
    "uuid-urn": _UUIDS.map("urn:uuid:{}".format),
    "date": st.dates(date(1800, 1, 1)).map(date.isoformat),
    "dateTime": _MOMENTS,
    "boolean": st.booleans(),
    "integer": st.integers(0, 999_999_999),
    "decimal": st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,3})?", fullmatch=True),
    "base64": st.binary(max_size=24),
    "code": st.from_regex("Q[0-9]{6}", fullmatch=True),
}
_WILD: Final[dict[str, st.SearchStrategy[Any]]] = {
    **_TAME,
    "string": _text(_ANY).map(_trimmed),
    "text": _text(_ANY).map(_composed),
    "token": _text(_ANY).map(_collapsed),
    "uri": _text(_ANY).map(_trimmed),
    "sr-uri": _text(_ANY).map(_trimmed),
    "integer": st.integers(-(10**18) + 1, 10**18 - 1),
    "decimal": st.from_regex(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})", fullmatch=True),
}


@cache
def _signature(tag: str) -> st.SearchStrategy[str]:
    """Seals as the schema allows them: an element of the tag with the least content."""
    return st.binary(min_size=1, max_size=24).map(lambda octets: signature(tag, octets))


def signature(tag: str, octets: bytes) -> str:
    """A made-up seal in canonical form; ``octets`` stand for digest and signature."""
    namespace, local = split_clark(tag)
    text = base64.b64encode(octets).decode("ascii")
    method = '<ds:{0} Algorithm="urn:example:{0}"></ds:{0}>'.format
    return (
        f'<{local} xmlns="{namespace}"><ds:SignedInfo xmlns:ds="{DS}">'
        f"{method('CanonicalizationMethod')}{method('SignatureMethod')}"
        f"<ds:Reference>{method('DigestMethod')}<ds:DigestValue>{text}</ds:DigestValue>"
        f'</ds:Reference></ds:SignedInfo><ds:SignatureValue xmlns:ds="{DS}">{text}'
        f"</ds:SignatureValue></{local}>"
    )
