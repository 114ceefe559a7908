"""A publisher's XML schemas: which one judges a message, and its verdict.

Nothing is loaded from the network or from outside of the artefacts: every ``schemaLocation`` is
resolved to a file among them, by its path, else by its name, else by the namespace. Standard parts
that publishers refer to but do not ship (``xml:``, ``xlink:``) are taken from our own folder.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.names import XSI, split_clark
from bridge.referee.artefacts import Artefacts
from bridge.referee.expand import LIMITS, beside
from bridge.referee.newer_schema import NewerSchema, is_newer
from bridge.xml.parse import parse

_XS: Final = "http://www.w3.org/2001/XMLSchema"
_SCHEME: Final = "artefact:/"
_REFERRING: Final = ("import", "include", "redefine", "override")
_CONSTRAINT: Final = re.compile(r"^SCHEMAV_")


@dataclass(frozen=True, slots=True)
class SchemaVerdict:
    """What a publisher's schema says. ``fault`` says why it cannot judge; then ``valid`` is None.

    ``file`` is the schema that declares the root; ``place`` and ``broken`` (the constraint's name
    in XML Schema, ``cvc-pattern-valid``) tell the first refusal.
    """

    valid: bool | None
    file: str = ""
    place: str = ""
    broken: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    namespace: str
    elements: frozenset[str]
    root: etree._Element = field(compare=False)
    refers: tuple[tuple[str, str, str], ...] = ()


_Schema = etree.XMLSchema | NewerSchema | str
"""A schema by libxml2 or for XML Schema 1.1, or why there is none."""


class PublishedSchemas:
    """The schemas of a publisher; each combination that messages need is compiled once.

    ``spare`` are further schema files by name, taken where the artefacts have none of a namespace.
    """

    def __init__(self, artefacts: Artefacts, spare: Mapping[str, bytes] | None = None) -> None:
        self.faults: list[UnreadableDocument] = []
        self._files: dict[str, _File] = {}
        for path, octets in sorted(artefacts.files.items()):
            if path.lower().endswith(".xsd"):
                self._add(path, octets)
        shipped = {file.namespace for file in self._files.values()}
        for name, octets in (spare or {}).items():
            self._add(f"bridge/{name}", octets, unless=shipped)
        self._included = {
            target
            for file in self._files.values()
            for target in self._targets(file, ("include", "redefine", "override"))
        }
        self._compiled: dict[tuple[str, ...], _Schema] = {}

    def __call__(self, root: etree._Element, version: str) -> SchemaVerdict | None:
        """Judge a message; ``None`` where no schema declares its root element."""
        namespace, local = split_clark(root.tag)
        entry = self._nearest(self._declaring(namespace, local), version, "")
        if entry is None:
            return None
        schema = self._schema(entry, _namespaces(root) - {namespace}, version)
        if isinstance(schema, str):
            return SchemaVerdict(None, entry, fault=schema)
        if isinstance(schema, NewerSchema):
            refused = schema(root)
            return SchemaVerdict(refused is None, entry, *(refused or ()))
        if schema.validate(root):
            return SchemaVerdict(True, entry)
        first: Any = schema.error_log[0]  # type: ignore[index]
        broken = _CONSTRAINT.sub("", first.type_name).lower().replace("_", "-")
        return SchemaVerdict(False, entry, first.path or "/", broken)

    def _add(self, path: str, octets: bytes, unless: Iterable[str] = ()) -> None:
        try:
            root = parse(octets, LIMITS).root
        except UnreadableDocument as error:
            self.faults.append(
                UnreadableDocument(error.what, where=path, line=error.line, code=error.code)
            )
            return
        if root.tag != f"{{{_XS}}}schema" or root.get("targetNamespace", "") in unless:
            return
        elements = (each.get("name", "") for each in root.iterchildren(f"{{{_XS}}}element"))
        refers = tuple(
            (kind, each.get("namespace", ""), each.get("schemaLocation", ""))
            for kind in _REFERRING
            for each in root.iterchildren(f"{{{_XS}}}{kind}")
        )
        namespace = root.get("targetNamespace", "")
        self._files[path] = _File(path, namespace, frozenset(elements), root, refers)

    def _targets(self, file: _File, kinds: tuple[str, ...] = _REFERRING) -> Iterator[str]:
        for kind, namespace, location in file.refers:
            if kind in kinds and (target := self._resolved(file, kind, namespace, location)):
                yield target

    def _resolved(self, file: _File, kind: str, namespace: str, location: str) -> str:
        """The file that a reference means: by path, by name, by namespace; empty for none."""
        namespace = namespace if kind == "import" else file.namespace
        path = beside(file.path, location) if location else ""
        if path in self._files:
            return path
        name = posixpath.basename(location)
        # An included file may have no namespace of its own: it takes that of the including one.
        fitting = [
            each.path
            for each in self._files.values()
            if each.namespace == namespace or (kind != "import" and not each.namespace)
        ]
        named = [each for each in fitting if posixpath.basename(each) == name]
        if kind != "import" and not named:
            return ""
        return _closest(named or fitting, file.path)

    def _reach(self, path: str) -> list[str]:
        """A file and all that it refers to, itself first."""
        found = [path]
        for each in found:
            found += [t for t in self._targets(self._files[each]) if t not in found]
        return found

    def _declaring(self, namespace: str, local: str) -> list[str]:
        found = []
        for file in self._files.values():
            own = [file.path, *self._targets(file, ("include", "redefine", "override"))]
            if file.namespace == namespace and file.path not in self._included:
                found += [file.path] * any(local in self._files[p].elements for p in own)
        return found

    def _nearest(self, paths: list[str], version: str, to: str) -> str | None:
        """The file that names the version, then the nearest one, then the last in order."""
        if not paths:
            return None
        number = re.compile(rf"(?<![\d.]){re.escape(version)}(?!\d)")
        return max(paths, key=lambda p: (bool(number.search(p)), _shared(p, to), p))

    def _schema(self, entry: str, namespaces: set[str], version: str) -> _Schema:
        chosen = [entry]
        reached = {self._files[path].namespace: path for path in reversed(self._reach(entry))}
        for namespace in sorted(namespaces - reached.keys()):
            tops = [
                file.path
                for file in self._files.values()
                if file.namespace == namespace and file.path not in self._included
            ]
            if (found := self._nearest(tops, version, entry)) is not None:
                chosen.append(found)
        key = tuple(chosen)
        if key not in self._compiled:
            self._compiled[key] = self._compile(key)
        return self._compiled[key]

    def _compile(self, chosen: tuple[str, ...]) -> _Schema:
        whole = etree.Element(f"{{{_XS}}}schema")
        for path in chosen:
            each = etree.SubElement(whole, f"{{{_XS}}}import", schemaLocation=_SCHEME + path)
            if namespace := self._files[path].namespace:
                each.set("namespace", namespace)
        files = self._rewritten()
        if any(is_newer(self._files[path].root) for each in chosen for path in self._reach(each)):
            try:
                return NewerSchema(etree.tostring(whole), files)
            except ValueError:
                return f"the schema cannot be compiled ({chosen[0]}, as XML Schema 1.1)"
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        parser.resolvers.add(_Inside(files))
        source = etree.fromstring(etree.tostring(whole), parser, base_url=f"{_SCHEME}entry.xsd")
        try:
            return etree.XMLSchema(source)
        except etree.XMLSchemaParseError as error:
            last: Any = error.error_log.last_error
            where = last.filename.removeprefix(_SCHEME) if last is not None else ""
            line = f", line {last.line}" if last is not None else ""
            return f"the schema cannot be compiled ({where}{line})"

    def _rewritten(self) -> dict[str, bytes]:
        """All files with their references as they were resolved."""
        found = {}
        for file in self._files.values():
            root = etree.fromstring(etree.tostring(file.root))
            for kind in _REFERRING:
                for each in root.iterchildren(f"{{{_XS}}}{kind}"):
                    given = (each.get("namespace", ""), each.get("schemaLocation", ""))
                    if "schemaLocation" in each.attrib:
                        del each.attrib["schemaLocation"]
                    if target := self._resolved(file, kind, *given):
                        each.set("schemaLocation", _SCHEME + target)
            found[_SCHEME + file.path] = etree.tostring(root)
        return found


class _Inside(etree.Resolver):
    """Gives files from memory, and an empty document for everything else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(  # type: ignore[override]
        self, system_url: str, public_id: str, context: Any
    ) -> Any:
        octets = self._files.get(system_url)
        if octets is None:
            return self.resolve_empty(context)  # type: ignore[attr-defined]
        return self.resolve_string(octets, context, base_url=system_url)


def _namespaces(root: etree._Element) -> set[str]:
    """The namespaces of a message's elements and of the types that it names."""
    found = set()
    for element in root.iter("*"):
        found.add(split_clark(element.tag)[0])
        if named := element.get(f"{{{XSI}}}type"):
            prefix = named.partition(":")[0] if ":" in named else None
            found.add(element.nsmap.get(prefix, ""))
    return found - {""}


def _shared(path: str, other: str) -> int:
    """How many folders two paths have in common."""
    return len(posixpath.commonprefix([path.split("/")[:-1], other.split("/")[:-1]]))


def _closest(paths: list[str], to: str) -> str:
    return max(paths, key=lambda path: (_shared(path, to), path), default="")
