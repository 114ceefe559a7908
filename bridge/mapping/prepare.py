"""Named steps that make a source message ready for its table, where rows cannot say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from bridge.message import Group, Message

_MAIN: Final = "MainEvidence"
_INHERITED: Final = ("IsAbout", "IssuingAuthority", "IsConformantTo", "IssuingDate")


def _as_it_is(message: Message) -> Message:
    return message


def _inherit_metadata(message: Message) -> Message:
    """Give the supplements of an EDM 2.0 package the metadata they lack from the main evidence.

    A supplement has none of them by rule S063, XNachweis demands them of every object (NOOTS 9.4).
    """
    listing = message.fields.get("RegistryObjectList")
    if not isinstance(listing, Group) or "RegistryPackage" not in listing:
        return message
    packages = tuple(_complete(package) for package in listing["RegistryPackage"])
    fields = Group({**message.fields, "RegistryObjectList": Group({"RegistryPackage": packages})})
    return replace(message, fields=fields)


def _complete(package: Group) -> Group:
    objects = package.get("RegistryObject", ())
    main = next((o for o in objects if _node(o) == _MAIN), None)
    if main is None:
        return package
    metadata: Group = main.get("EvidenceMetadata", Group())
    inherited = {name: metadata[name] for name in _INHERITED if name in metadata}

    def complete(item: Group) -> Group:
        own: Any = item.get("EvidenceMetadata", Group())
        if item is main or not inherited:
            return item
        return Group({**item, "EvidenceMetadata": Group({**inherited, **own})})

    return Group({**package, "RegistryObject": tuple(complete(o) for o in objects)})


def _node(item: Group) -> str:
    for classification in item.get("Classification", ()):
        node = classification.get("classificationNode", "")
        if classification.get("classificationScheme") == "urn:fdc:oots:classification:edm":
            return str(node)
    return ""


PREPARATIONS: Final[dict[str, Callable[[Message], Message]]] = {
    "": _as_it_is,
    "inherit-metadata": _inherit_metadata,
}
