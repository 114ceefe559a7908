"""The files of an inferred data model: binding, schema and what they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from bridge.tables.inferred import LONGEST_TOKEN, TEXT, Seen, groups
from bridge.tables.new_files import Birth
from bridge.tables.values import toml

PREFIX: Final = "m"
_BINDING_KINDS: Final = {"german-date": "token", "ja-nein": "token"}
_SIMPLE: Final[Mapping[str, tuple[str, str, str]]] = {
    "token": (
        "Token", "token", f'<xs:minLength value="1"/><xs:maxLength value="{LONGEST_TOKEN}"/>'
    ),
    "text": ("Text", "token", '<xs:minLength value="1"/><xs:maxLength value="2000"/>'),
    "date": ("Date", "date", '<xs:pattern value="[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"/>'),
    "dateTime": ("DateTime", "dateTime", '<xs:pattern value=".+(Z|[+\\-][0-9]{2}:[0-9]{2})"/>'),
    "boolean": ("Boolean", "boolean", '<xs:pattern value="true|false"/>'),
    "german-date": (
        "GermanDate", "token",
        '<xs:pattern value="((0[1-9]|1[0-9]|2[0-8])\\.(0[1-9]|1[0-2])|(29|30)\\.(0[13-9]|1[0-2])'
        '|31\\.(0[13578]|1[02]))\\.[1-9][0-9]{3}|29\\.02\\.([1-9][0-9](0[48]|[2468][048]'
        '|[13579][26])|([2468][048]|[13579][26])00)"/>',
    ),
    "ja-nein": ("JaNein", "token", '<xs:enumeration value="ja"/><xs:enumeration value="nein"/>'),
}  # fmt: skip
"""By kind: name of the simple type, its base, its facets."""


def files(model: Seen, birth: Birth, side: str) -> dict[str, str]:
    """The files of one side, by name in the folder ``<kind>/<version>/<side>``."""
    family = f"{birth.kind}-{side}"
    return {
        "binding.toml": binding(model, family, birth),
        f"{family}.xsd": schema(model, birth.version),
        "SOURCE.md": source(model, family, birth.version),
    }


def _type_names(model: Seen) -> dict[int, str]:
    """A name for each group: that of its element, with a number where two would share one."""
    names: dict[int, str] = {}
    for path, seen in groups(model):
        if path:
            base = "".join(filter(str.isalnum, seen.name)) or "Group"
            name = base[:1].upper() + base[1:]
            count = 2
            while name in names.values():
                name, count = f"{base[:1].upper()}{base[1:]}{count}", count + 1
            names[id(seen)] = name
    return names


# --- binding ---------------------------------------------------------------------------------


def binding(model: Seen, family: str, birth: Birth) -> str:
    """The text of ``binding.toml``."""
    names = _type_names(model)
    lines = [
        f"# Inferred from example documents by 'bridge tables new' ({family}): to be completed.",
        "# Binding language: docs/binding-format.md. Rows stand in writing order.",
        "",
        "[standard]",
        f'family = "{family}"',
        f'version = "{birth.version}"',
        f'schema = "{family}.xsd"',
        "",
        "[namespaces]",
        f"{PREFIX} = {toml(model.space)}",
    ]
    for path, seen in groups(model):
        if path:
            lines += ["", f"[types.{names[id(seen)]}]", *_fields(seen, names, birth.chapter)]
    lines += ["", f"[messages.{model.name}]", f'root = "{PREFIX}:{model.name}"']
    return "\n".join([*lines, *_fields(model, names, birth.chapter), ""])


def _fields(group: Seen, names: Mapping[int, str], chapter: str) -> Iterator[str]:
    yield f"chapter = {toml(chapter)}"
    yield "fields = ["
    for seen in group.inside.values():
        kind = names.get(id(seen)) or _BINDING_KINDS.get(seen.kind, seen.kind)
        occurs = f"{1 if seen.needed else 0}..{'n' if seen.listed else 1}".replace("1..1", "1")
        if seen.name == TEXT and not seen.space and not seen.attribute:
            place, occurs = "text = true", "1"
        elif seen.attribute:
            place = f'attribute = "{seen.name}"'
        else:
            place = f'element = "{PREFIX + ":" if seen.space else ""}{seen.name}"'
        yield f'  {{ name = "{seen.name}", {place}, is = "{kind}", occurs = "{occurs}" }},'
    yield "]"


# --- schema ----------------------------------------------------------------------------------


def schema(model: Seen, version: str) -> str:
    """The text of the schema."""
    names = _type_names(model)
    used: dict[str, None] = {}
    types = [
        _complex(seen, names.get(id(seen), model.name), names, used) for _, seen in groups(model)
    ]
    simple = [
        f'  <xs:simpleType name="{_SIMPLE[kind][0]}">\n'
        f'    <xs:restriction base="xs:{_SIMPLE[kind][1]}">{_SIMPLE[kind][2]}</xs:restriction>\n'
        "  </xs:simpleType>"
        for kind in used
    ]
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:{PREFIX}='
        f"{quoteattr(model.space)}\n           targetNamespace={quoteattr(model.space)} "
        f'elementFormDefault="qualified" version="{version}">\n'
        "  <xs:annotation>\n    <xs:documentation>Inferred from example documents by "
        "'bridge tables new': to be completed.</xs:documentation>\n  </xs:annotation>\n"
        f'  <xs:element name="{model.name}" type="{PREFIX}:{model.name}Type"/>'
    )
    return "\n".join([head, *types, *simple, "</xs:schema>", ""])


def _complex(seen: Seen, name: str, names: Mapping[int, str], used: dict[str, None]) -> str:
    def typed(inner: Seen) -> str:
        if id(inner) in names:
            return f"{PREFIX}:{names[id(inner)]}Type"
        used[inner.kind] = None
        return f"{PREFIX}:{_SIMPLE[inner.kind][0]}"

    def use(inner: Seen) -> str:
        return ' use="required"' if inner.needed else ""

    attributes = [
        f'<xs:attribute name="{inner.name}" type="{typed(inner)}"{use(inner)}/>'
        for inner in seen.inside.values()
        if inner.attribute
    ]
    text = seen.inside.get(TEXT)
    if text is not None and not text.attribute and not text.space:
        body = [
            "<xs:simpleContent>",
            f'  <xs:extension base="{typed(text)}">',
            *(f"    {attribute}" for attribute in attributes),
            "  </xs:extension>",
            "</xs:simpleContent>",
        ]
    else:
        elements = [inner for inner in seen.inside.values() if not inner.attribute]
        body = [
            "<xs:sequence>",
            *(f"  {_element(i, typed(i))}" for i in elements),
            "</xs:sequence>",
        ]
        body += attributes
    lines = "\n".join(f"    {line}" for line in body)
    return f'  <xs:complexType name="{escape(name)}Type">\n{lines}\n  </xs:complexType>'


def _element(seen: Seen, kind: str) -> str:
    most = ' maxOccurs="unbounded"' if seen.listed else ""
    form = "" if seen.space else ' form="unqualified"'
    least = "" if seen.needed else ' minOccurs="0"'
    return f'<xs:element name="{seen.name}" type="{kind}"{least}{most}{form}/>'


# --- source ----------------------------------------------------------------------------------


def source(model: Seen, family: str, version: str) -> str:
    """The text of ``SOURCE.md``."""
    return f"""\
# {family} {version}

Inferred from example documents by `bridge tables new`. Before it is used, a person who knows the
register or the published data model says here what it rests on.

| part | rests on |
|---|---|
| names and order of fields | the example documents |
| kinds of value | guessed from the values in the examples |
| how often a field occurs | a list where an example has several; else optional, unless |
| | the examples show several groups of a kind and all have it |

To do

- Make mandatory what is mandatory, in `binding.toml` (`occurs = "1"`) and in the schema
  (`minOccurs="1"`).
- Give fields with a fixed set of values a code list.
"""
