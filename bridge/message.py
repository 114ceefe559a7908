"""The message: a typed head that code decides on, and a body of named fields.

Field names are those of the standard, nested as in its binding: ``Query/NaturalPerson``. Values
are text, truth values, whole numbers, octets, groups, or tuples of groups or values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

Leaf: TypeAlias = str | bool | int | bytes
Value: TypeAlias = "Leaf | Group | tuple[Leaf, ...] | tuple[Group, ...]"


class Group(dict[str, Any]):
    """Fields by name, frozen. An empty group is a present, empty element."""

    __slots__ = ()

    def _frozen(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("fields are frozen; build a new Group")

    __setitem__ = __delitem__ = _frozen
    clear = pop = popitem = setdefault = update = _frozen
    __ior__ = _frozen

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def at(self, path: str) -> Any:
        """Give the value at ``a/b/c``, of a list its first item; ``None`` where there is none."""
        value: Any = self
        for name in path.split("/"):
            if isinstance(value, tuple):
                value = value[0] if value else None
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, Leaf]]:
        """Walk all leaves in order, each with its path; items of lists count from one."""
        for name, value in self.items():
            yield from _leaves(f"{prefix}{name}", value)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Leaf]]:
    if isinstance(value, Group):
        yield from value.leaves(f"{path}/")
    elif isinstance(value, tuple):
        for number, item in enumerate(value, 1):
            yield from _leaves(f"{path}[{number}]", item)
    else:
        yield path, value


def group(fields: Mapping[str, Any]) -> Group:
    """Freeze nested dictionaries and lists into fields."""
    return Group({name: _freeze(value) for name, value in fields.items()})


def _freeze(value: Any) -> Any:
    if isinstance(value, Mapping):
        return group(value)
    if isinstance(value, list | tuple):
        return tuple(_freeze(item) for item in value)
    return value


@dataclass(frozen=True, slots=True)
class Head:
    """What code decides on, whatever the standard.

    ``family`` and ``version`` name the folder below ``xsd/``; ``kind`` the message
    (``QueryRequest``, ``DE.EvidenceRequest.0301``). The others are empty where the kind has no
    such field: ``id`` of the message, ``answers`` (the id it answers), ``issued``, ``status``,
    ``procedure``, ``conversation``, ``evidence_type`` (its classification).
    """

    family: str
    version: str
    kind: str
    id: str = ""
    answers: str = ""
    issued: str = ""
    status: str = ""
    procedure: str = ""
    conversation: str = ""
    evidence_type: str = ""

    @property
    def standard(self) -> str:
        """Family and version in one word, as the command line spells it: ``edm-2.0``."""
        return f"{self.family}-{self.version}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that travels beside an EDM message as a MIME part (EDM 4.6).

    ``content_id`` is without angle brackets and without ``cid:``. ``ours`` marks a document that
    the bridge wrote itself, from structured content.
    """

    content_id: str
    media_type: str
    content: bytes
    title: str = ""
    ours: bool = False

    @property
    def bare_id(self) -> str:
        """The part of the content id before the ``@``."""
        return self.content_id.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Message:
    """One EDM, XNachweis or payload document."""

    head: Head
    fields: Group
    attachments: tuple[Attachment, ...] = ()

    def attachment(self, reference: str) -> Attachment | None:
        """Find the MIME part that ``cid:…`` (RFC 2392) or a bare content id names."""
        wanted = reference.removeprefix("cid:").strip("<>")
        return next((a for a in self.attachments if a.content_id == wanted), None)
