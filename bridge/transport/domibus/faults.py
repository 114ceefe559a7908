"""What the plug-in refuses, and whether it is worth asking again (Domibus reference, chapter 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bridge.errors import EdgeFault

_CODE: Final = re.compile(r"^\s*([A-Za-z][A-Za-z_]*?)[:_](\d{1,9})\s*$")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says in words, and whether a later attempt can go better."""

    text: str
    retryable: bool = False


NOT_ALLOWED: Final = "WS_PLUGIN:0002"
NO_MESSAGE: Final = "WS_PLUGIN:0009"
TWO_ROLES: Final = "WS_PLUGIN:0010"
DUPLICATE: Final = "EBMS:0004"

FAULTS: Final[dict[str, Meaning]] = {
    "WS_PLUGIN:0001": Meaning("an error inside Domibus", retryable=True),
    NOT_ALLOWED: Meaning("the plug-in user may not do this"),
    "WS_PLUGIN:0003": Meaning("Domibus has no PMode for this message"),
    "WS_PLUGIN:0004": Meaning("the parties are not accepted"),
    "WS_PLUGIN:0005": Meaning("the payloads are missing, doubled or invalid"),
    "WS_PLUGIN:0006": Meaning("the proxy of Domibus failed", retryable=True),
    "WS_PLUGIN:0007": Meaning("the request is not valid"),
    "WS_PLUGIN:0008": Meaning("the message cannot be converted"),
    NO_MESSAGE: Meaning("there is no message with this id"),
    TWO_ROLES: Meaning("the id exists in both roles"),
    "EBMS:0001": Meaning("no PMode has this value (service, action, agreement)"),
    "EBMS:0003": Meaning("the header contradicts the PMode, or compression failed"),
    DUPLICATE: Meaning("the message id was used before, or the PMode does not match"),
    "EBMS:0010": Meaning("a property or the size of a payload is not what the PMode allows"),
    "EBMS:0303": Meaning("a payload cannot be compressed or decompressed"),
}
_UNKNOWN: Final = Meaning("a code that is not in the reference")
_NO_CODE: Final = Meaning("a fault without a code: the operation is unknown to this release")


class PluginFault(EdgeFault):
    """The plug-in answered with a fault.

    ``code`` is normalised (``WS_PLUGIN:0009``, ``EBMS:0010``), empty where the fault names none.
    ``detail`` is the plug-in's own text: it may hold values of a message, so it stands in no text
    of ours and belongs in no log.
    """

    def __init__(self, code: str, detail: str, *, operation: str) -> None:
        meaning = FAULTS.get(code, _UNKNOWN) if code else _NO_CODE
        self.detail = detail
        self.operation = operation
        named = f"{code}: " if code else ""
        super().__init__(
            f"Domibus refused: {named}{meaning.text}",
            where=operation,
            retryable=meaning.retryable,
        )
        self.code = code


def normalised(code: str) -> str:
    """Spell a code in one way: ``WS_PLUGIN_0005`` and ``WS_PLUGIN:00010`` occur in the field.

    Gives upper case, a colon and four digits; text that is no code becomes empty.
    """
    match = _CODE.match(code)
    return f"{match[1].upper()}:{int(match[2]):04d}" if match else ""
