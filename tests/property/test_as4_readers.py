"""Fuzz of the readers of a stranger's octets: they stay within bounds and free what they hold."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.envelope import Content, OctetContent
from bridge.errors import RefusedMessage
from bridge.names import DS, EBMS, EBMS_FRAGMENT, SOAP12, WSSE, WSU, XENC, clark
from bridge.transport.as4.header import read_user_message
from bridge.transport.as4.mime import Package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.signal import read_signal
from bridge.transport.as4.soap import MESSAGING, MUST_UNDERSTAND_FAULT, read_soap
from tests.as4_worlds import octets, world

# --- MIME ---------------------------------------------------------------------------

LIMITS = MimeLimits(
    octets=900, part_octets=60, soap_octets=80, parts=4, headers=3, line_octets=60,
    header_octets=120, preamble_octets=20,
)  # fmt: skip
TYPE = 'multipart/related; boundary="b"; type="application/soap+xml"'
ROOT = b"Content-Type: application/soap+xml"
LINES = st.sampled_from(
    [
        ROOT, b"Content-Type: text/xml", b"Content-Type: multipart/mixed; boundary=c",
        b"Content-ID: <a@b>", b"Content-ID: <c@d>", b"Content-ID: <a%40b>", b"Content-ID: <../a>",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Transfer-Encoding: x", b"X: y", b" folded", b"no colon", b": empty", b"X: " + b"y" * 70,
    ]
)  # fmt: skip
CONTENT = st.sampled_from([b"", b"x", b"<a/>", b"eA==", b"eA", b"=78", b"\r\n--", b"x" * 70]) | (
    st.binary(max_size=70)
)
DELIMITER = st.sampled_from([b"\r\n--b\r\n"] * 8 + [b"\r\n--b \t\r\n", b"\n--b\n", b"\r\n--bx\r\n"])
END = st.sampled_from([b"\r\n--b--\r\n"] * 4 + [b"\r\n--b--", b"\r\n--b", b""])


OVERFULL = b"--b\r\n" + ROOT + b"\r\n\r\n\r\n--b\r\nContent-ID: <a@b>\r\n\r\n" + b"x" * 100


@dataclass
class Ledger:
    """Sinks that count what they are given, and how each of them ended."""

    ends: list[list[str]] = field(default_factory=list)
    taken: int = 0

    def __call__(self) -> Counted:
        self.ends.append([])
        return Counted(self, self.ends[-1])


@dataclass
class Counted:
    ledger: Ledger
    ends: list[str]
    held: bytes = b""

    def write(self, data: bytes) -> None:
        self.held += data
        self.ledger.taken += len(data)

    def close(self) -> Content:
        self.ends.append("closed")
        return OctetContent(self.held)

    def discard(self) -> None:
        self.ends.append("discarded")


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Nearly a multipart body: what a grammar of packages gives, with slips in it."""
    pieces = [draw(st.sampled_from([b"", b"hello", b"x" * 30]))]
    for number in range(draw(st.integers(0, 6))):
        lines = draw(st.lists(LINES, max_size=4))
        if number == 0 and draw(st.booleans()):
            lines = [ROOT]
        pieces += [draw(DELIMITER), *(line + b"\r\n" for line in lines), b"\r\n", draw(CONTENT)]
    return b"".join([*pieces, draw(END)])


@settings(max_examples=300, deadline=None)
@given(body=bodies(), step=st.integers(1, 200))
@example(body=OVERFULL, step=200)
@example(body=OVERFULL, step=3)
def test_a_reader_of_mime_keeps_its_bounds_and_ends_each_sink_once(body: bytes, step: int) -> None:
    ledger = Ledger()
    reader = PackageReader(TYPE, ledger, LIMITS)
    package: Package | None = None
    try:
        for start in range(0, len(body), step):
            reader.feed(body[start : start + step])
        package = reader.close()
    except RefusedMessage as fault:
        assert fault.code == "EBMS:0007"
        reader.abandon()
    assert len(ledger.ends) < LIMITS.parts
    assert ledger.taken <= LIMITS.part_octets * len(ledger.ends)
    assert all(len(each) == 1 for each in ledger.ends)
    if package is not None:
        assert len(body) <= LIMITS.octets
        assert len(package.soap) <= LIMITS.soap_octets
        assert [each == ["closed"] for each in ledger.ends] == [True] * len(package.parts)
        assert len({part.content_id for part in package.parts}) == len(package.parts)


@pytest.mark.parametrize("step", [1, 7, 64, 900])
def test_a_body_without_end_is_refused_at_the_bound(step: int) -> None:
    reader = PackageReader(TYPE, Ledger(), MimeLimits(octets=1 << 16))
    reader.feed(b"--b\r\n" + ROOT + b"\r\n\r\n<a/>\r\n--b\r\nContent-ID: <a@b>\r\n\r\n")
    fed = 0
    with pytest.raises(RefusedMessage) as fault:
        while fed < 1 << 20:
            reader.feed(b"x" * step)
            fed += step
    assert fault.value.code == "EBMS:0007"
    assert fed <= 1 << 16


# --- envelopes ----------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        clark(SOAP12, "Envelope"), clark(SOAP12, "Header"), clark(SOAP12, "Body"),
        clark(SOAP12, "Fault"), MESSAGING, clark(EBMS, "UserMessage"), clark(EBMS, "SignalMessage"),
        clark(EBMS, "MessageInfo"), clark(EBMS, "Timestamp"), clark(EBMS, "MessageId"),
        clark(EBMS, "PartyInfo"), clark(EBMS, "From"), clark(EBMS, "PartyId"), clark(EBMS, "PartInfo"),
        clark(EBMS, "Error"), clark(EBMS, "Receipt"), clark(EBMS, "PullRequest"),
        clark(EBMS_FRAGMENT, "MessageFragment"), clark(WSSE, "Security"), clark(WSSE, "Reference"),
        clark(WSSE, "BinarySecurityToken"), clark(DS, "Signature"), clark(DS, "SignedInfo"),
        clark(DS, "Reference"), clark(XENC, "EncryptedKey"), clark(XENC, "EncryptedData"), "x",
    ]
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["Id", clark(WSU, "Id"), clark(SOAP12, "mustUnderstand"), "URI", "href", "mpc"]
    ),
    st.sampled_from(["a", "b", "#a", "true", "cid:a@b", ""]),
    max_size=2,
)
TEXTS = st.sampled_from(["", " ", "x", "2026-03-02T09:15:27Z", "a@b", "eA=="])


@st.composite
def elements(draw: st.DrawFn, depth: int = 4) -> etree._Element:
    element = etree.Element(draw(NAMES), draw(ATTRIBUTES))
    element.text = draw(TEXTS)
    for _ in range(draw(st.integers(0, 3 if depth else 0))):
        element.append(draw(elements(depth - 1)))
    return element


@st.composite
def envelopes(draw: st.DrawFn) -> bytes:
    """Nearly an envelope: the frame mostly as it must be, anything in it."""
    root = etree.Element(clark(SOAP12, "Envelope"))
    for name in ("Header", "Body"):
        part = etree.SubElement(root, clark(SOAP12, name))
        if name == "Header" and draw(st.booleans()):
            etree.SubElement(part, MESSAGING, draw(ATTRIBUTES)).append(draw(elements(3)))
        for _ in range(draw(st.integers(0, 2))):
            part.append(draw(elements()))
    return etree.tostring(root)


@settings(max_examples=300, deadline=None)
@given(data=envelopes())
def test_an_envelope_has_what_stands_once_in_its_place_or_is_refused(data: bytes) -> None:
    try:
        soap = read_soap(data)
    except RefusedMessage as fault:
        assert fault.code in {"EBMS:0009", "EBMS:0103", "EBMS:0002", MUST_UNDERSTAND_FAULT}
        return
    header, body = soap.root
    assert list(soap.root.iter(MESSAGING)) == [soap.messaging]
    assert soap.messaging.getparent() is header
    assert soap.body is body
    secured = [] if soap.security is None else [soap.security]
    assert list(soap.root.iter(clark(WSSE, "Security"))) == secured
    for name in (clark(DS, "Signature"), clark(XENC, "EncryptedKey"), clark(XENC, "EncryptedData")):
        assert all(each.getparent() is soap.security for each in soap.root.iter(name))
    for read in (lambda: read_user_message(soap.messaging), lambda: read_signal(data)):
        try:
            read()
        except RefusedMessage as fault:
            assert fault.code.startswith("EBMS:")


@settings(max_examples=150, deadline=None)
@given(extra=elements(), at=st.integers(0, 400), before=st.booleans())
def test_an_element_put_anywhere_is_refused_or_brings_nothing_in(
    extra: etree._Element, at: int, before: bool
) -> None:
    package = world().pack().package
    root = etree.fromstring(package.soap)
    places = list(root.iter())
    place = places[at % len(places)]
    if before and place is not root:
        place.addprevious(extra)
    else:
        place.append(extra)
    honest = world().open(package)
    try:
        found = world().open(Package(etree.tostring(root), package.parts))
    except RefusedMessage:
        return
    assert found.envelope.message_id == honest.envelope.message_id
    assert found.references == honest.references
    assert [octets(each.content) for each in found.envelope] == [
        octets(each.content) for each in honest.envelope
    ]
    assert found.envelope.properties == honest.envelope.properties


def test_coverage_guided_fuzz_finds_nothing_in_a_short_run(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="coverage-guided fuzz needs the package atheris")
    (tmp_path / "envelope").write_bytes(b"\x80" + world().pack().package.soap)
    (tmp_path / "package").write_bytes(b"\x00\x05" + OVERFULL + b"\r\n--b--\r\n")
    words = (
        "-runs=3000",
        "-max_len=16000",
        "-timeout=20",
        f"-artifact_prefix={tmp_path}/",
        str(tmp_path),
    )
    run = subprocess.run(
        [sys.executable, "-m", "tests.property.fuzz_as4", *words],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "Done 3000 runs" in run.stderr
