"""Codes in their several spellings, and what each means for a second attempt."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.errors import UnreadableDocument
from bridge.sandbox.domibus import wire
from bridge.transport.domibus import soap
from bridge.transport.domibus.dialect import BACKEND, PLUGIN
from bridge.transport.domibus.faults import FAULTS, PluginFault, normalised


@pytest.mark.parametrize(
    ("spelled", "code"),
    [
        ("WS_PLUGIN:0009", "WS_PLUGIN:0009"),
        ("WS_PLUGIN_0005", "WS_PLUGIN:0005"),
        ("WS_PLUGIN:00010", "WS_PLUGIN:0010"),
        ("EBMS:0010", "EBMS:0010"),
        ("EBMS_0005", "EBMS:0005"),
        (" ebms:4 ", "EBMS:0004"),
        ("", ""),
        ("EBMS", ""),
        ("0005", ""),
        ("EBMS:0005; and more", ""),
    ],
)
def test_a_code_has_one_spelling(spelled: str, code: str) -> None:
    assert normalised(spelled) == code


RETRYABLE = {"WS_PLUGIN:0001", "WS_PLUGIN:0006"}


@pytest.mark.parametrize("code", FAULTS)
def test_only_faults_inside_domibus_can_go_better_later(code: str) -> None:
    assert PluginFault(code, "", operation="x").retryable is (code in RETRYABLE)
    assert normalised(code) == code


@pytest.mark.parametrize("code", ["", "EBMS:9999"])
def test_what_nobody_knows_is_not_tried_again(code: str) -> None:
    fault = PluginFault(code, "", operation="x")
    assert not fault.retryable
    assert fault.code == code


def test_the_text_of_domibus_is_kept_apart() -> None:
    fault = PluginFault("EBMS:0010", "finalRecipient [C4]", operation="submitMessage")
    assert "C4" not in str(fault)
    assert fault.detail == "finalRecipient [C4]"


@pytest.mark.parametrize("namespace", [PLUGIN, BACKEND])
def test_a_fault_is_read_in_either_namespace(namespace: str) -> None:
    opened = soap.opened(etree.fromstring(wire.fault(namespace, "WS_PLUGIN_0005", "why")))
    fault = soap.fault_in(opened.content, "submitMessage")
    assert fault is not None
    assert (fault.code, fault.detail, fault.operation) == (
        "WS_PLUGIN:0005",
        "why",
        "submitMessage",
    )


def test_a_fault_without_detail_has_no_code() -> None:
    opened = soap.opened(etree.fromstring(wire.fault(PLUGIN, "", "Unexpected element")))
    fault = soap.fault_in(opened.content, "x")
    assert fault is not None
    assert (fault.code, fault.detail) == ("", "Unexpected element")


def test_what_is_no_fault_is_none() -> None:
    assert soap.fault_in(None, "x") is None
    assert soap.fault_in(etree.fromstring("<Fault/>"), "x") is None


S = 'xmlns:S="http://www.w3.org/2003/05/soap-envelope"'
NO_ENVELOPE = {
    "another document": "<Envelope/>",
    "SOAP 1.1": '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body/></S:Envelope>',
    "no body": f"<S:Envelope {S}/>",
    "two bodies": f"<S:Envelope {S}><S:Body/><S:Body/></S:Envelope>",
    "two elements": f"<S:Envelope {S}><S:Body><a/><b/></S:Body></S:Envelope>",
    "two headers": f"<S:Envelope {S}><S:Header/><S:Header/><S:Body/></S:Envelope>",
    "a block twice": f"<S:Envelope {S}><S:Header><a/><a/></S:Header><S:Body/></S:Envelope>",
}


@pytest.mark.parametrize("text", NO_ENVELOPE.values(), ids=NO_ENVELOPE)
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        soap.opened(etree.fromstring(text), "a")
    assert raised.value.code == "SOAP"


def test_an_empty_body_is_no_element() -> None:
    opened = soap.opened(etree.fromstring(f"<S:Envelope {S}><S:Body> </S:Body></S:Envelope>"))
    assert opened == soap.Opened(None, None)
