"""Signals: what goes back on the HTTP response, a receipt or errors, never both (as4 4, 5).

Ours are signed and hold no SOAP fault: only so does a Domibus sender read the code (as4 5.4).
What is read from others may be unsigned and beside a fault; it is a claim until it is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import EBMS, XML, clark
from bridge.transport.as4.errors import EbmsError
from bridge.transport.as4.header import (
    read_message_info,
    sequence,
    write_message_info,
)
from bridge.transport.as4.keyinfo import TokenKind
from bridge.transport.as4.pack import Making, sign
from bridge.transport.as4.soap import SIGNAL_MESSAGE, Soap, new_envelope, read_soap, to_octets
from bridge.transport.as4.suites import RSA, Suite

_ERROR: Final = clark(EBMS, "Error")
_LANGUAGE: Final = clark(XML, "lang")


@dataclass(frozen=True, slots=True)
class SignalHead:
    """What every signal begins with; ``answers`` is the message it is about, if it is known."""

    message_id: str
    timestamp: datetime
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it was read; nothing in it is proved.

    ``receipt`` is the ``eb:Receipt``, if there is one. ``octets`` are the evidence to be kept.
    """

    head: SignalHead
    errors: tuple[EbmsError, ...]
    receipt: etree._Element | None
    soap: Soap
    octets: bytes = field(repr=False)


def new_signal(head: SignalHead) -> tuple[Soap, etree._Element]:
    """Start a signal; give the envelope and its SignalMessage, to be filled."""
    soap = new_envelope(head.message_id)
    element = etree.SubElement(soap.messaging, SIGNAL_MESSAGE)
    write_message_info(element, head.message_id, head.timestamp, head.answers)
    return soap, element


def write_errors(
    head: SignalHead,
    errors: Sequence[EbmsError],
    making: Making | None,
    suite: Suite = RSA,
    kind: TokenKind = "certificate",
) -> bytes:
    """Write an error signal, signed unless there is no key to sign with."""
    soap, signal = new_signal(head)
    for each in errors:
        _write_error(signal, each)
    if making is not None:
        sign(soap, (), making, suite, kind, head.timestamp)
    elif soap.security is not None:
        soap.root[0].remove(soap.security)
    return to_octets(soap)


def read_signal(octets: bytes) -> Signal:
    """Read the answer to a message, signed or not, beside a SOAP fault or not.

    Raises `RefusedMessage`: EBMS:0009 where it is no SOAP with one SignalMessage, other codes for
    what `read_soap` refuses.
    """
    soap = read_soap(octets)
    if [child.tag for child in soap.messaging] != [SIGNAL_MESSAGE]:
        raise RefusedMessage("the answer is not one SignalMessage", code="EBMS:0009")
    info, receipts, errors = sequence(
        soap.messaging[0], ("MessageInfo", 1, 1), ("Receipt", 0, 1), ("Error", 0, 100)
    )
    time, message_id, answers = read_message_info(info[0])
    head = SignalHead(message_id, time, answers)
    found = tuple(_read_error(each) for each in errors)
    return Signal(head, found, receipts[0] if receipts else None, soap, octets)


def _write_error(parent: etree._Element, error: EbmsError) -> None:
    attributes = {
        "origin": error.origin,
        "category": error.category,
        "errorCode": error.code,
        "severity": error.severity,
        "refToMessageInError": error.ref_to_message,
        "shortDescription": error.name,
    }
    given = {name: value for name, value in attributes.items() if value}
    element = etree.SubElement(parent, _ERROR, given)
    if error.description:
        description = etree.SubElement(element, clark(EBMS, "Description"), {_LANGUAGE: "en"})
        description.text = error.description
    if error.detail:
        etree.SubElement(element, clark(EBMS, "ErrorDetail")).text = error.detail


def _read_error(element: etree._Element) -> EbmsError:
    descriptions, details = sequence(element, ("Description", 0, 1), ("ErrorDetail", 0, 1))
    code, severity = element.get("errorCode", "").strip(), element.get("severity", "").strip()
    if not code or not severity:
        raise RefusedMessage("an Error has no code or no severity", code="EBMS:0009")
    return EbmsError(
        code,
        severity.lower(),
        element.get("shortDescription", ""),
        element.get("category", ""),
        element.get("origin", ""),
        element.get("refToMessageInError", "").strip(),
        _text(descriptions),
        _text(details),
    )


def _text(found: Sequence[etree._Element]) -> str:
    return "".join(str(part) for each in found for part in each.itertext()).strip()
