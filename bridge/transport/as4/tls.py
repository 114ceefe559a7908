"""TLS between access points: versions, suites, certificates (as4 7.1).

TLS never stands in for the signature of a message; its anchors are not those of messages.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from bridge.errors import SettingsFault

SUITES_1_2: Final = ":".join(
    f"ECDHE-{key}-{cipher}"
    for key, cipher in (
        ("ECDSA", "AES256-GCM-SHA384"),
        ("RSA", "AES256-GCM-SHA384"),
        ("ECDSA", "AES128-GCM-SHA256"),
        ("RSA", "AES128-GCM-SHA256"),
        ("ECDSA", "AES256-CCM"),
        ("ECDSA", "AES128-CCM"),
    )
)
"""The suites of TLS 1.2; those of 1.3 are the library's, which has no weak one."""

ClientCertificates: TypeAlias = Literal["none", "optional", "required"]
_DEMAND: Final[dict[ClientCertificates, ssl.VerifyMode]] = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


@dataclass(frozen=True, slots=True)
class TlsKey:
    """A key for TLS with its certificate chain, as PEM files; ``key`` may be in ``certificate``."""

    certificate: Path
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How a peer is called: the anchors (PEM, those of the system where None), our certificate."""

    anchors: Path | None = None
    own: TlsKey | None = None


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Make what calls are protected with; the name of the host is always checked.

    Raises `SettingsFault` where a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=settings.anchors)
    except (OSError, ssl.SSLError) as cause:
        raise _unusable(settings.anchors) from cause
    _harden(context)
    if settings.own is not None:
        _load(context, settings.own)
    return context


def server_context(
    own: TlsKey, clients: ClientCertificates = "none", anchors: Path | None = None
) -> ssl.SSLContext:
    """Make what a listener is protected with; ``anchors`` are those of client certificates.

    Raises `SettingsFault` where a file cannot be used, or certificates are asked for without
    anchors.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    # A renegotiation is the client's way to make us work; OpenSSL has it off from TLS 1.3 on.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    _load(context, own)
    if clients != "none":
        if anchors is None:
            raise SettingsFault("client certificates need anchors", code="AS4-TLS")
        try:
            context.load_verify_locations(cafile=anchors)
        except (OSError, ssl.SSLError) as cause:
            raise _unusable(anchors) from cause
    context.verify_mode = _DEMAND[clients]
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION
    context.set_ciphers(SUITES_1_2)


def _load(context: ssl.SSLContext, own: TlsKey) -> None:
    try:
        # The empty password keeps OpenSSL from asking for one at the terminal.
        context.load_cert_chain(own.certificate, own.key, "")
    except (OSError, ssl.SSLError) as cause:
        raise _unusable(own.key or own.certificate) from cause


def _unusable(path: Path | None) -> SettingsFault:
    return SettingsFault(
        "a file for TLS cannot be used", where=str(path or "anchors of the system"), code="AS4-TLS"
    )
