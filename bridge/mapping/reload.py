"""Changed tables in a running service: checked first; what is wrong is refused, the old ones stay.

Nothing here waits or watches: whoever runs the service calls ``look`` when it sees fit, and takes
``current`` for each new exchange. An exchange that has begun keeps the tables it began with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.errors import BridgeError, MappingFault, UnknownDocument
from bridge.mapping.tables import Tables
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

_FILES: Final = ("*.toml", "*.csv", "*.xsd")
_MOVING: Final = "the files changed while they were read; they are looked at again"


@dataclass(frozen=True, slots=True)
class Reload:
    """What became of one look.

    ``state`` tells the files on disk (SHA-256, hex), ``before`` those in use until now. ``taken``:
    the new tables are in use. ``problems`` say why they are not; nothing changed where both are
    empty.
    """

    state: str
    before: str
    taken: bool = False
    problems: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether changed tables were found wrong."""
        return bool(self.problems)


class Reloader:
    """The tables of a service: ``current`` is always a checked, fully loaded set.

    ``examples`` is how many documents are made up for each content to try changed tables on.
    Raises ``MappingFault`` where the tables are wrong at the very start.
    """

    def __init__(self, mappings: Path, standards: Path, examples: int = 0) -> None:
        self._mappings = mappings
        self._standards = standards
        self._examples = examples
        self._refused: Reload | None = None
        self._state = self._state_on_disk()
        self.current, problems = self._loaded()
        if problems:
            raise MappingFault(
                f"the mapping tables are wrong: {problems[0]}",
                where=str(mappings),
                problems=problems,
            )

    def look(self) -> Reload:
        """Look at the files; take changed ones if they are sound. Never raises for wrong tables."""
        state = self._state_on_disk()
        if state == self._state:
            self._refused = None
            return Reload(state, self._state)
        if self._refused is not None and state == self._refused.state:
            return self._refused  # known to be wrong: not checked again until it changes
        tables, problems = self._loaded()
        if self._state_on_disk() != state:
            return Reload(state, self._state, problems=(_MOVING,))
        if problems:
            self._refused = Reload(state, self._state, problems=tuple(problems))
            return self._refused
        before, self._state = self._state, state
        self.current, self._refused = tables, None
        return Reload(state, before, taken=True)

    def _loaded(self) -> tuple[Tables, Sequence[str]]:
        """Load and check everything; nothing of it is read from disk again later."""
        tables = Tables(self._mappings, Catalogue(self._standards))
        try:
            problems = tables.check(self._examples)
            if not problems:
                _read_whole(tables)
        except BridgeError as error:
            problems = [str(error)]
        except OSError as error:  # a file went away between two looks
            problems = [f"a file cannot be read: {error.strerror}"]
        return tables, problems

    def _state_on_disk(self) -> str:
        digest = hashlib.sha256()
        for root in (self._mappings, self._standards):
            for path in sorted(each for pattern in _FILES for each in root.rglob(pattern)):
                name = path.relative_to(root).as_posix()
                try:
                    octets = path.read_bytes()
                except OSError:
                    octets = b""
                digest.update(f"{name}\0{len(octets)}\0".encode() + octets)
        return digest.hexdigest()


def _read_whole(tables: Tables) -> None:
    """What is otherwise read when first needed: bindings, their texts, the tables' hashes."""
    for _binding in tables.catalogue.bindings():
        pass
    for evidence in (None, *tables.evidence_types.values()):
        tables.fingerprint(evidence)
    try:
        tables.catalogue.identify(parse(b"<nobody/>"))
    except UnknownDocument:
        return  # the catalogue has now read the text of every binding
