"""Load one version folder: ``binding.toml`` and its code lists, checked whole, compiled to nodes.

The checks are written by hand, not with pydantic: a binding is read at every start of the command
line, and importing pydantic costs more than reading all bindings.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.errors import BindingFault
from bridge.standards.codelists import CodeList, load_codes
from bridge.standards.rows import RowReader, headers_of, nearest
from bridge.xml.nodes import Shape, namespace_attributes

_TOP = {"standard", "namespaces", "hosts", "lists", "types", "messages"}
_STANDARD = {"family", "version", "schema", "declares"}
_DECLARES = {"slot", "value"}
_LIST = {"file", "uri", "version", "closed"}
_MESSAGE = {"root", "having", "chapter", "head", "fields"}
_TYPE = {"chapter", "fields"}
_HOSTS = {"canonical", "also", "models", "country"}
_HEAD = {"id", "answers", "issued", "status", "procedure", "conversation", "evidence_type"}


@dataclass(frozen=True, slots=True)
class MessageShape:
    """One kind of message: its root, how to tell it from others, its head and its fields."""

    kind: str
    root: str
    root_qname: str
    having: frozenset[str]
    head: Mapping[str, str]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Repository:
    """How a version spells addresses of the Semantic Repository (EDM 7.13).

    ``models`` is the folder of data models; ``country`` stands for every country in the address
    of an evidence type, where the version wants it so.
    """

    host: str = ""
    models: str = "datamodels"
    country: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """One version of one standard: where each field lives, its type, cardinality and chapter.

    ``declares`` is the slot and value by which a document names this version, ``None`` where the
    root element tells. ``schema`` is the entry schema's path.
    """

    family: str
    version: str
    folder: Path
    schema: Path
    declares: tuple[str, str] | None
    namespaces: Mapping[str, str]
    prefixes: Mapping[str, str]
    declarations: str
    lists: Mapping[str, CodeList]
    types: Mapping[str, Shape]
    messages: Mapping[str, MessageShape]
    repository: Repository = Repository()

    @property
    def standard(self) -> str:
        """Family and version in one word: ``edm-2.0``."""
        return f"{self.family}-{self.version}"

    def message(self, kind: str) -> MessageShape:
        """Give a kind of message; raises ``BindingFault`` for an unknown one."""
        try:
            return self.messages[kind]
        except KeyError:
            raise BindingFault(
                f"{self.standard} has no message {kind}", where=str(self.folder)
            ) from None


def load_binding(folder: Path) -> Binding:
    """Load and check one version folder. Raises ``BindingFault`` with file and line."""
    path = folder / "binding.toml"
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise BindingFault("the binding cannot be read", where=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise BindingFault(f"the binding is not valid TOML: {error}", where=str(path)) from error
    return _Loader(folder, path, text, data).load()


class _Loader:
    def __init__(self, folder: Path, path: Path, text: str, data: dict[str, Any]) -> None:
        self.folder = folder
        self.path = path
        self.text = text
        self.data = data

    def fault(self, what: str, section: str = "") -> BindingFault:
        line = None
        if section:
            headers = headers_of(section)
            lines = enumerate(self.text.splitlines(), 1)
            line = next((number for number, row in lines if row.startswith(headers)), None)
        return BindingFault(what, where=str(self.path), line=line)

    def keys(self, table: Any, allowed: set[str], section: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            raise self.fault(f"{section} must be a table", section)
        for key in table:
            if key not in allowed:
                hint = nearest(key, allowed)
                raise self.fault(f"{section}: unknown key '{key}'{hint}", section)
        return table

    def load(self) -> Binding:
        data = self.keys(self.data, _TOP, "binding")
        standard = self.keys(data.get("standard"), _STANDARD, "standard")
        for key in ("family", "version", "schema"):
            if not isinstance(standard.get(key), str):
                raise self.fault(f"standard: '{key}' is missing", "standard")
        namespaces = {str(p): str(u) for p, u in data.get("namespaces", {}).items()}
        hosts = self.keys(data.get("hosts", {}), _HOSTS, "hosts")
        if hosts and "canonical" not in hosts:
            raise self.fault("hosts: 'canonical' is missing", "hosts")
        lists = {name: self.code_list(name, row) for name, row in data.get("lists", {}).items()}
        rows = RowReader(self.path, self.text, namespaces, lists, hosts)
        types = {name: Shape(name, "") for name in data.get("types", {})}
        rows.types = types
        pending = {name: self.fields(name, data["types"][name], _TYPE, "types") for name in types}
        self.complete_types(types, pending, rows)
        messages = {
            kind: self.message(kind, row, rows, namespaces)
            for kind, row in data.get("messages", {}).items()
        }
        if not messages:
            raise self.fault("the binding describes no message")
        declares = standard.get("declares")
        if declares and set(self.keys(declares, _DECLARES, "standard")) != _DECLARES:
            raise self.fault("standard: 'declares' has a slot and a value", "standard")
        schema = self.folder / standard["schema"]
        if not schema.is_file():
            raise self.fault(f"the schema {standard['schema']} does not exist", "standard")
        return Binding(
            family=standard["family"],
            version=standard["version"],
            folder=self.folder,
            schema=schema,
            declares=(declares["slot"], declares["value"]) if declares else None,
            namespaces=namespaces,
            prefixes={uri: prefix for prefix, uri in namespaces.items()},
            declarations=namespace_attributes(namespaces),
            lists=lists,
            types=types,
            messages=messages,
            repository=Repository(
                str(hosts.get("canonical", "")),
                str(hosts.get("models", "datamodels")),
                str(hosts.get("country", "")),
            ),
        )

    def code_list(self, name: str, row: Any) -> CodeList:
        section = f"lists.{name}"
        row = self.keys(row, _LIST, section)
        rows = load_codes(self.folder / row["file"]) if "file" in row else {}
        closed = bool(row.get("closed", True)) and bool(rows)
        return CodeList(name, rows, row.get("uri", ""), str(row.get("version", "")), closed)

    def fields(self, name: str, table: Any, allowed: set[str], parent: str) -> list[Any]:
        section = f"{parent}.{name}"
        table = self.keys(table, allowed, section)
        if not isinstance(table.get("fields", []), list):
            raise self.fault(f"{section}: 'fields' must be a list of rows", section)
        return list(table.get("fields", []))

    def complete_types(
        self, types: dict[str, Shape], pending: dict[str, list[Any]], rows: RowReader
    ) -> None:
        done: set[str] = set()

        def complete(name: str, above: tuple[str, ...]) -> None:
            if name in done or name not in pending:
                return
            if name in above:
                raise self.fault(f"types.{name} is inline in itself", f"types.{name}")
            for row in pending[name]:
                if isinstance(row, dict) and "inline" in row:
                    complete(str(row["inline"]), (*above, name))
            types[name].chapter = str(self.data["types"][name].get("chapter", ""))
            self.complete(types[name], pending[name], f"types.{name}", rows)
            done.add(name)

        for name in types:
            complete(name, ())

    def complete(self, shape: Shape, fields: list[Any], section: str, rows: RowReader) -> None:
        compiled = tuple(rows.field(row, section, number) for number, row in enumerate(fields))
        try:
            shape.complete(compiled)
        except ValueError as error:
            raise self.fault(str(error), section) from None

    def message(
        self, kind: str, table: Any, rows: RowReader, namespaces: Mapping[str, str]
    ) -> MessageShape:
        section = f"messages.{kind}"
        fields = self.fields(kind, table, _MESSAGE, "messages")
        if not isinstance(table.get("root"), str):
            raise self.fault(f"{section}: 'root' is missing", section)
        root = rows.qname(table["root"], section)
        shape = Shape(kind, str(table.get("chapter", "")))
        self.complete(shape, fields, section, rows)
        head = self.keys(table.get("head", {}), _HEAD, section)
        for name, path in head.items():
            if shape.find(path) is None:
                hint = nearest(path, (known.replace("[]", "") for known, _ in shape.leaf_paths()))
                raise self.fault(f"{section}: head.{name} names no field: {path}{hint}", section)
        return MessageShape(
            kind=kind,
            root=root,
            root_qname=table["root"],
            having=frozenset(rows.qname(name, section) for name in table.get("having", ())),
            head=dict(head),
            shape=shape,
        )
