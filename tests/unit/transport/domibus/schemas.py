"""Our own schemas of the plug-in, and the published ones as an outside referee."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

from bridge.names import EBMS, SOAP12, clark
from bridge.resources import standards
from bridge.transport.domibus.dialect import BACKEND, PLUGIN, PUSH
from tests.reference import reference

PUBLISHED = "data/published/domibus-wsplugin"
_PUBLISHED = {
    "http://www.w3.org/XML/1998/namespace": "xml.xsd",
    "http://www.w3.org/2005/05/xmlmime": "xmlmime.xsd",
    SOAP12: "envelope.xsd",
    PLUGIN: "webservicePlugin-body.xsd",
    EBMS: "webservicePlugin-header.xsd",
    PUSH: "BackendService.xsd",
}
_OWN = {PLUGIN: "plugin.xsd", BACKEND: "backend.xsd", EBMS: "header.xsd", PUSH: "push.xsd"}


def _joined(folder: Path, files: dict[str, str]) -> etree.XMLSchema:
    """One schema that knows all namespaces: the published files leave out where the others are."""
    xs = "http://www.w3.org/2001/XMLSchema"
    root = etree.Element(clark(xs, "schema"), nsmap={"xs": xs})
    for namespace, file in files.items():
        element = etree.SubElement(root, clark(xs, "import"))
        element.set("namespace", namespace)
        element.set("schemaLocation", (folder / file).as_uri())
    return etree.XMLSchema(root)


@cache
def own() -> etree.XMLSchema:
    return _joined(standards() / "domibus" / "plugin", _OWN)


@cache
def published() -> etree.XMLSchema:
    return _joined(reference(PUBLISHED), _PUBLISHED)


def problems(schema: etree.XMLSchema, octets: bytes) -> list[str]:
    """What a schema has against an envelope, its header block and its body element."""
    root = etree.fromstring(octets)
    blocks = root.findall(f"{clark(SOAP12, 'Header')}/*") + root.findall(
        f"{clark(SOAP12, 'Body')}/*"
    )
    found = []
    for block in blocks:
        # On its own, as an operation of the WSDL has it; a copy, so that the envelope stays whole.
        if not schema.validate(etree.fromstring(etree.tostring(block))):
            found += [f"{each.line}: {each.message}" for each in schema.error_log]
    return found


def envelope_problems(octets: bytes) -> list[str]:
    """What the published SOAP schema has against the envelope itself.

    Its body takes no element of SOAP, not even a fault: that one is judged alone.
    """
    root = etree.fromstring(octets)
    for fault in root.findall(f"{clark(SOAP12, 'Body')}/{clark(SOAP12, 'Fault')}"):
        fault.getparent().remove(fault)  # type: ignore[union-attr]
    schema = published()
    schema.validate(root)
    return [each.message for each in schema.error_log]
