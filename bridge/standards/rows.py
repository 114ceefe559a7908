"""One row of a binding file, checked and compiled to a field node."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from bridge.errors import BindingFault
from bridge.names import XML, clark
from bridge.standards.codelists import CodeList
from bridge.xml.nodes import (
    SLOT,
    SLOT_TYPES,
    UNBOUNDED,
    CodeForm,
    Field,
    Leaf,
    Place,
    Shape,
    SlotForm,
    tags_of,
)
from bridge.xml.values import KINDS, code_reader, sr_uri_reader

_KEYS: Final = {
    "name", "element", "attribute", "text", "slot", "is", "inline", "occurs", "choice",
    "constant", "xsi", "value", "holds", "rule", "note",
}  # fmt: skip
_PLACES: Final = ("element", "attribute", "text", "slot")
_OCCURS = re.compile(r"(\d+)(?:\.\.(\d+|n))?")
_SLOT_KIND: Final = {"dateTime": "dateTime", "boolean": "boolean"}


def nearest(name: str, known: Iterable[str]) -> str:
    """Give ``; did you mean '…'?`` with the nearest known name, or nothing."""
    near = get_close_matches(name, sorted(known), 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def headers_of(section: str) -> tuple[str, str]:
    """Give the two spellings of a section's header in TOML: bare, and quoted where it has dots."""
    parent, _, name = section.partition(".")
    return f"[{section}]", f'[{parent}."{name}"]'


class RowReader:
    """Compiles the rows of one binding file; ``types`` is set before the first row is read."""

    def __init__(
        self,
        path: Path,
        text: str,
        namespaces: Mapping[str, str],
        lists: Mapping[str, CodeList],
        hosts: Mapping[str, Any],
    ) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._namespaces = {**namespaces, "xml": XML}
        self._lists = lists
        self._hosts = hosts
        self._leaves: dict[str, Leaf] = {}
        self.types: Mapping[str, Shape] = {}

    def field(self, row: Any, section: str, number: int) -> Field:
        """Compile one row. Raises ``BindingFault`` with file and line."""
        line = self._line(section, number)
        if not isinstance(row, dict):
            raise self._fault(f"{section}: a row must be an inline table", line)
        for key in row:
            if key not in _KEYS:
                raise self._fault(f"{section}: unknown key '{key}'{nearest(key, _KEYS)}", line)
        places = [place for place in _PLACES if place in row]
        if len(places) != 1:
            raise self._fault(f"{section}: a row has exactly one of {', '.join(_PLACES)}", line)
        if ("name" in row) == ("inline" in row) and "constant" not in row:
            raise self._fault(f"{section}: a row has either 'name' or 'inline'", line)
        place = Place(places[0])
        target = self._target(row, section, line)
        least, most = self._occurs(str(row.get("occurs", "1")), section, line)
        tag, qname = self._tag(row, place, section, line)
        xsi = str(row.get("xsi", ""))
        opening, closing = tags_of(qname, xsi, target)
        return Field(
            name=str(row.get("name", "")) if "inline" not in row else "",
            place=place,
            tag=tag,
            qname=qname,
            of=target,
            least=least,
            most=most,
            choice=str(row.get("choice", "")),
            constant=str(row["constant"]) if "constant" in row else None,
            xsi=xsi,
            xsi_clark=self.qname(xsi, section, line) if xsi else "",
            slot=self._slot(row, section, line) if place is Place.SLOT else None,
            rule=str(row.get("rule", "")),
            note=str(row.get("note", "")),
            line=line or 0,
            opening=opening,
            closing=closing,
        )

    def qname(self, name: str, section: str, line: int | None = None) -> str:
        """Resolve ``prefix:local`` by the file's namespaces to Clark notation."""
        prefix, colon, local = name.rpartition(":")
        if not colon:
            return name
        if prefix not in self._namespaces:
            raise self._fault(f"{section}: the prefix '{prefix}' is not declared", line)
        return clark(self._namespaces[prefix], local)

    def _tag(self, row: dict[str, Any], place: Place, section: str, line: int) -> tuple[str, str]:
        if place is Place.TEXT:
            return "", ""
        if place is Place.SLOT:
            return SLOT, ""
        name = str(row[place.value])
        return self.qname(name, section, line), name

    def _target(self, row: dict[str, Any], section: str, line: int) -> Leaf | Shape:
        if "inline" in row:
            return self._shape(str(row["inline"]), section, line)
        default = _SLOT_KIND.get(str(row.get("value", "")), "string")
        kind = str(row.get("is", default))
        if kind[:1].isupper():
            return self._shape(kind, section, line)
        return self._leaf(kind, section, line)

    def _shape(self, name: str, section: str, line: int) -> Shape:
        if name not in self.types:
            raise self._fault(f"{section}: unknown type '{name}'{nearest(name, self.types)}", line)
        return self.types[name]

    def _leaf(self, kind: str, section: str, line: int) -> Leaf:
        leaf = self._leaves.get(kind)
        if leaf is None:
            leaf = self._leaves[kind] = self._make_leaf(kind, section, line)
        return leaf

    def _make_leaf(self, kind: str, section: str, line: int) -> Leaf:
        name, _, list_name = kind.partition(":")
        if name == "code":
            codes = self._lists.get(list_name)
            if codes is None:
                hint = nearest(list_name, self._lists)
                raise self._fault(f"{section}: unknown code list '{list_name}'{hint}", line)
            form = CodeForm(codes.uri, codes.version) if codes.uri else None
            read = code_reader(codes.values, codes.closed)
            values = codes.values if codes.closed else frozenset[str]()
            return Leaf("code", str, read, KINDS["token"].write, form, list_name, values)
        known = KINDS.get(kind)
        if known is None:
            hint = nearest(kind, KINDS)
            raise self._fault(f"{section}: unknown value kind '{kind}'{hint}", line)
        leaf = Leaf(known.name, known.type, known.read, known.write)
        if kind == "sr-uri" and self._hosts:
            hosts = tuple(str(host) for host in self._hosts.get("also", ()))
            return replace(leaf, read=sr_uri_reader(str(self._hosts["canonical"]), hosts))
        return leaf

    def _slot(self, row: dict[str, Any], section: str, line: int) -> SlotForm:
        value = str(row.get("value", ""))
        if value not in SLOT_TYPES:
            raise self._fault(f"{section}: 'value' is one of {', '.join(SLOT_TYPES)}", line)
        holds = str(row.get("holds", ""))
        if (value in ("any", "collection")) != bool(holds):
            raise self._fault(f"{section}: 'holds' goes with any and collection", line)
        tag = self.qname(holds, section, line) if holds else ""
        return SlotForm(str(row["slot"]), value, SLOT_TYPES[value], tag, holds)

    def _occurs(self, text: str, section: str, line: int) -> tuple[int, int]:
        match = _OCCURS.fullmatch(text)
        if not match:
            raise self._fault(f"{section}: 'occurs' is written 1, 0..1, 0..n or 1..n", line)
        least = int(match.group(1))
        most = match.group(2)
        return least, least if most is None else UNBOUNDED if most == "n" else int(most)

    def _line(self, section: str, number: int) -> int:
        headers = headers_of(section)
        seen = -1
        inside = False
        for count, text in enumerate(self._lines, 1):
            line = text.strip()
            if line.startswith("["):
                inside = line.startswith(headers)
            elif inside and line.startswith("{"):
                seen += 1
                if seen == number:
                    return count
        return 0

    def _fault(self, what: str, line: int | None) -> BindingFault:
        return BindingFault(what, where=str(self._path), line=line or None)
