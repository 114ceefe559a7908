"""Answers of the plug-in as they were captured, and as they may never be."""

from __future__ import annotations

import base64
import textwrap

import pytest

from bridge.envelope import OctetContent
from bridge.errors import UnreadableDocument
from bridge.sandbox.domibus import wire
from bridge.transport.domibus import answer, operations
from bridge.transport.domibus.dialect import CURRENT, LEGACY, PLUGIN, Dialect
from bridge.transport.domibus.faults import PluginFault
from bridge.transport.domibus.operations import Operation
from tests.unit.transport.domibus.test_referee import handed_out

HEADER = wire.messaging(handed_out())
MOST = 16 << 20
OCTETS = bytes(range(256)) * 3


def read(
    body: str,
    header: str = HEADER,
    operation: Operation = operations.RETRIEVE,
    dialect: Dialect = CURRENT,
    parts: dict[str, bytes] | None = None,
) -> answer.Answer:
    beside = {name: OctetContent(octets) for name, octets in (parts or {}).items()}
    written = wire.envelope(dialect.namespace, body, header)
    return answer.read(written, operation, dialect, parts=beside, most=MOST)


def message(value: str, attributes: str = ' payloadId="cid:regrep@x"') -> str:
    return (
        f"<ns4:retrieveMessageResponse><payload{attributes}>{value}</payload>"
        "</ns4:retrieveMessageResponse>"
    )


def inside(text: str) -> str:
    return message(f"<value>{text}</value>")


def beside(href: str) -> str:
    include = f'<xop:Include xmlns:xop="{wire.XOP}" href="{href}"/>'
    return message(f"<value>{include}</value>")


def octets_of(said: answer.Answer) -> bytes:
    with answer.message(said).payloads[0].content.open() as stream:
        return stream.read()


ENCODED = base64.b64encode(OCTETS).decode()
SPELLINGS = {
    "as JAXB writes it": ENCODED,
    "with line breaks": "\r\n".join(textwrap.wrap(ENCODED, 76)),
    "with blanks around": f"\n   {ENCODED}\t",
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_base64_is_read_however_it_is_broken(text: str) -> None:
    assert octets_of(read(inside(text))) == OCTETS


@pytest.mark.parametrize("dialect", [CURRENT, LEGACY])
def test_a_large_value_is_read_without_entering_the_tree(dialect: Dialect) -> None:
    large = bytes(range(256)) * 8192
    said = read(inside(base64.encodebytes(large).decode()), dialect=dialect)
    assert octets_of(said) == large
    assert len(said.contents) == 1


def test_one_prefix_may_mean_two_namespaces() -> None:
    """Captured from 5.2.1: ``ns5`` is ebMS in the header and SOAP in the body."""
    written = wire.envelope(PLUGIN, inside(ENCODED), HEADER)
    assert written.count(b"xmlns:ns5=") == 2
    assert octets_of(read(inside(ENCODED))) == OCTETS


@pytest.mark.parametrize("href", ["cid:a%20b@x", "CID:a%20b@x"])
def test_an_inclusion_names_its_part_url_encoded(href: str) -> None:
    assert octets_of(read(beside(href), parts={"a b@x": OCTETS})) == OCTETS


REFUSED = {
    "no base64": inside("QUJ"),
    "text after the padding": inside("QQ==QUJD"),
    "another alphabet": inside("_-_-"),
    "no value": message(""),
    "two values": message("<value>QUJD</value><value>QUJD</value>"),
    "a qualified value": message('<x:value xmlns:x="urn:x">QUJD</x:value>'),
    "no id": message("<value>QUJD</value>", ""),
    "an inclusion of a part that is not there": beside("cid:b@x"),
    "an inclusion of a file": beside("file:///etc/passwd"),
    "an inclusion of an address": beside("http://127.0.0.1/"),
    "an inclusion of nothing": beside(""),
    "an inclusion with text": message(
        f'<value>QUJD<xop:Include xmlns:xop="{wire.XOP}" href="cid:a@x"/></value>'
    ),
    "an inclusion that is none": message('<value><Include href="cid:a@x"/></value>'),
    "the same id twice": (
        "<ns4:retrieveMessageResponse>"
        + '<payload payloadId="cid:regrep@x"><value>QUJD</value></payload>' * 2
        + "</ns4:retrieveMessageResponse>"
    ),
    "one part twice": (
        "<ns4:retrieveMessageResponse>"
        + "".join(
            f'<payload payloadId="cid:{name}@x"><value><xop:Include xmlns:xop="{wire.XOP}" '
            'href="cid:a@x"/></value></payload>'
            for name in ("regrep", "other")
        )
        + "</ns4:retrieveMessageResponse>"
    ),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_a_payload_that_is_none_is_refused(body: str) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        answer.message(read(body, parts={"a@x": b"part"}))
    assert raised.value.code == "DOMIBUS-PAYLOAD"


def test_a_placeholder_of_the_parser_is_not_taken_from_a_sender() -> None:
    """A short value that spells our placeholder is just base64 where nothing was put aside."""
    assert octets_of(read(inside("QkFTRTY000000000"))) == base64.b64decode("QkFTRTY000000000")


NO_ANSWER = {
    "another operation's": ("<ns4:submitResponse/>", CURRENT),
    "nothing": ("", CURRENT),
    "without namespace": ("<retrieveMessageResponse/>", CURRENT),
}


@pytest.mark.parametrize(("body", "dialect"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_another_answer_than_the_one_asked_for_is_refused(body: str, dialect: Dialect) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        read(body, dialect=dialect)
    assert raised.value.code == "DOMIBUS-ANSWER"


def test_the_answer_of_the_other_service_is_refused() -> None:
    written = wire.envelope(PLUGIN, inside(ENCODED), HEADER)
    with pytest.raises(UnreadableDocument):
        answer.read(written, operations.RETRIEVE, LEGACY, most=MOST)


def test_an_operation_without_answer_has_an_empty_body() -> None:
    assert read("", operation=operations.REPUSH).content is None
    with pytest.raises(UnreadableDocument):
        read("<ns4:submitResponse/>", operation=operations.REPUSH)


def test_a_fault_is_raised() -> None:
    written = wire.fault(PLUGIN, "WS_PLUGIN:0009", "Message not found")
    with pytest.raises(PluginFault) as raised:
        answer.read(written, operations.RETRIEVE, CURRENT, most=MOST)
    assert raised.value.code == "WS_PLUGIN:0009"


HOSTILE = {
    "XML-DTD": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>',
    "XML-SIZE": b"<a>" + b" " * (MOST + 1),
    "XML-MALFORMED": b"<a>",
    "XML-EMPTY": b"",
    "XML-DEPTH": b"<a>" * 65 + b"</a>" * 65,
    "SOAP": b"<a/>",
}


@pytest.mark.parametrize("code", HOSTILE)
def test_what_is_no_envelope_is_refused(code: str) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        answer.read(HOSTILE[code], operations.RETRIEVE, CURRENT, most=MOST)
    assert raised.value.code == code
