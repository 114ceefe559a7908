"""Which version to speak with a peer: the request's for an answer, the newest common one to ask.

Pure: what the peer declares and what is spoken here go in, a ``Choice`` comes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.errors import SettingsFault
from bridge.finding import Finding, Severity
from bridge.message import Head
from bridge.standards.binding import Binding
from bridge.standards.catalogue import Catalogue

NONE_IN_COMMON: Final = "VERSION-NONE-IN-COMMON"
NOT_SPOKEN: Final = "VERSION-NOT-SPOKEN"
_IDENTIFIER: Final = "SpecificationIdentifier"
_NUMBERS: Final = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """The version to write and the identifier that declares it, ``oots-edm:v…``.

    ``agreed`` is false where the peer and we have none in common: ``standard`` is then empty if we
    were to ask, and the version of the refusal if we are to answer. ``findings`` say why.
    """

    standard: str
    identifier: str
    agreed: bool
    findings: tuple[Finding, ...] = ()


def spoken(catalogue: Catalogue, family: str, only: Sequence[str] = ()) -> tuple[Binding, ...]:
    """Give the versions of a family that we speak, the preferred first.

    That is the newest first by number, or ``only`` these (``edm-…``) in their order. Raises
    ``SettingsFault`` for a version that is not on disk or of another family.
    """
    if not only:
        found = [each for each in catalogue.bindings() if each.family == family]
        return tuple(sorted(found, key=_number, reverse=True))
    for name in only:
        if name not in catalogue.standards or catalogue.binding(name).family != family:
            known = [each for each in catalogue.standards if each.startswith(f"{family}-")]
            raise SettingsFault(
                f"there is no version '{name}' of {family}",
                remedy=f"Known are {', '.join(known)}.",
            )
    return tuple(catalogue.binding(name) for name in only)


def to_ask(declared: Iterable[str], ours: Sequence[Binding]) -> Choice:
    """Choose for a request: the first of ours that the provider's service conforms to.

    ``declared`` are the ``ConformsTo`` of one service of the DSD; blanks around do not matter, all
    else does (EDM 1.1, Common Services 5.2). Without one in common nothing is chosen: another
    version may not even be readable there.
    """
    theirs = {text.strip() for text in declared}
    for binding in ours:
        if theirs & _names(binding):
            return _choice(binding)
    why = "the provider declares no version that is spoken here"
    if not theirs:
        why = "the provider declares no version"
    return Choice("", "", agreed=False, findings=(_finding(NONE_IN_COMMON, why, ours),))


def to_answer(head: Head | None, ours: Sequence[Binding]) -> Choice:
    """Choose for an answer: the version of the request, whatever else the peer may speak.

    ``head`` is that of the request, ``None`` where its version is unknown. Then, and where the
    version is not spoken, the refusal is written in our preferred version (EDM 1.1, NOOTS 2.9).
    """
    asked = head.standard if head else ""
    for binding in ours:
        if binding.standard == asked:
            return _choice(binding)
    why = "the request is of a version that is not spoken here"
    refusal = _choice(ours[0]) if ours else Choice("", "", agreed=True)
    findings = (_finding(NOT_SPOKEN, why, ours),)
    return Choice(refusal.standard, refusal.identifier, agreed=False, findings=findings)


def _choice(binding: Binding) -> Choice:
    return Choice(binding.standard, identifier_of(binding), agreed=True)


def _finding(rule: str, why: str, ours: Sequence[Binding]) -> Finding:
    known = ", ".join(binding.standard for binding in ours) or "none"
    return Finding(rule, Severity.FATAL, _IDENTIFIER, f"{why}; spoken are: {known}")


def _names(binding: Binding) -> set[str]:
    """What may stand for a version in a peer's declaration: its identifier, or our name of it."""
    return {binding.standard, identifier_of(binding)} - {""}


def identifier_of(binding: Binding) -> str:
    """Give the text by which documents of a version name it; empty where they do not."""
    if binding.declares is not None:
        return binding.declares[1]
    for message in binding.messages.values():
        field = message.shape.field(_IDENTIFIER)
        if field is not None and field.constant:
            return str(field.constant)
    return ""


def _number(binding: Binding) -> tuple[int, ...]:
    return tuple(int(part) for part in _NUMBERS.findall(binding.version))
