"""XML Schema 1.1, by xmlschema: assertions and what else libxml2 does not know.

It reads schemas from files only, so they are written to a folder of their own, flat and with their
references inside of it, and it may read nothing from the network.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from lxml import etree

from bridge.referee.expand import LIMITS
from bridge.xml.parse import parse

_XS: Final = "http://www.w3.org/2001/XMLSchema"
_NEW: Final = frozenset(
    f"{{{_XS}}}{name}" for name in ("assert", "assertion", "alternative", "override", "openContent")
)
_PREFIX: Final = re.compile(r"^Xsd(11)?")
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")


def is_newer(root: etree._Element) -> bool:
    """Whether a schema says something that only XML Schema 1.1 knows."""
    return next(root.iter(*_NEW), None) is not None


class NewerSchema:
    """A compiled schema; calling it gives the place and kind of the first refusal, if any."""

    def __init__(self, entry: bytes, files: Mapping[str, bytes]) -> None:
        """Compile; ``files`` are by the URI that they refer to one another with.

        Raises ``ValueError`` for a schema that does not compile.
        """
        # Imported here: it is large, and hardly any publisher needs it.
        from xmlschema import XMLSchema11, XMLSchemaException

        names = {uri: f"{number}.xsd" for number, uri in enumerate(files)}
        with TemporaryDirectory(prefix="bridge-referee-") as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for uri, octets in files.items():
                Path(folder, names[uri]).write_bytes(_flat(octets, names))
            start = Path(folder, "entry.xsd")
            start.write_bytes(_flat(entry, names))
            try:
                self._schema: Any = XMLSchema11(str(start), allow="local")
            except XMLSchemaException as error:
                raise ValueError("the schema does not compile") from error

    def __call__(self, root: etree._Element) -> tuple[str, str] | None:
        """Judge a document: ``None`` if it is valid. Nothing of its values is told."""
        error = next(self._schema.iter_errors(root), None)
        if error is None:
            return None
        kind = _PREFIX.sub("", type(error.validator).__name__)
        return error.path or "/", _CAPITAL.sub("-", kind).lower()


def _flat(octets: bytes, names: Mapping[str, str]) -> bytes:
    root = parse(octets, LIMITS).root
    for each in root.iterchildren("*"):
        location = each.get("schemaLocation")
        if location is not None:
            each.set("schemaLocation", names[location])
    return etree.tostring(root)
