"""Coverage-guided fuzz of the readers, where the package `atheris` is installed.

``python -m tests.property.fuzz_as4 [-runs=N] [FOLDER]``: libFuzzer's own arguments; a folder keeps
what led to new code. Anything but a refusal is a finding.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bridge"]):
    from bridge.errors import RefusedMessage
    from bridge.transport.as4.content import MemorySink
    from bridge.transport.as4.header import read_user_message
    from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
    from bridge.transport.as4.signal import read_signal
    from bridge.transport.as4.soap import MUST_UNDERSTAND_FAULT, read_soap

TYPE = 'multipart/related; boundary="b"; type="application/soap+xml"'
LIMITS = MimeLimits(octets=1 << 16, soap_octets=1 << 14, part_octets=1 << 14, parts=6)


def read_mime(data: bytes) -> None:
    """The first octet says how the rest is cut; however it is, the outcome is the same."""
    step, body = (data[0] or 1) if data else 1, data[1:]
    assert _package(body, step) == _package(body, max(len(body), 1))


def _package(body: bytes, step: int) -> object:
    reader = PackageReader(TYPE, MemorySink, LIMITS)
    try:
        for start in range(0, len(body), step):
            reader.feed(body[start : start + step])
        return reader.close()
    except RefusedMessage as fault:
        assert fault.code == "EBMS:0007"
        return None


def read_envelope(data: bytes) -> None:
    """Whatever is read as an envelope, as a message and as a signal, is read or refused."""
    try:
        soap = read_soap(data)
    except RefusedMessage as fault:
        assert fault.code.startswith("EBMS:") or fault.code == MUST_UNDERSTAND_FAULT
        return
    for read in (lambda: read_user_message(soap.messaging), lambda: read_signal(data)):
        try:
            read()
        except RefusedMessage as fault:
            assert fault.code.startswith("EBMS:")


def one_input(data: bytes) -> None:
    """Half of the inputs go to each reader."""
    if data[:1] < b"\x80":
        read_mime(data[1:])
    else:
        read_envelope(data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
