"""Imported peers as the text of ``peers.toml``, and what a new import changes in the old one.

The import takes peers and certificates as one snapshot; a changed endpoint or certificate is
shown and needs somebody's word (as4 10.1).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.errors import SettingsFault
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.pmode_import import Pmode, PmodePeer
from bridge.transport.as4.schedule import ONCE, Schedule

_FOLDER: Final = "certificates"


@dataclass(frozen=True, slots=True)
class Imported:
    """``text`` for the file, the PEM files beside it by name, and the remarks."""

    text: str
    certificates: Mapping[str, bytes]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two snapshots; a ``grave`` one wants approval."""

    peer: str
    text: str
    grave: bool


def write_peers(
    pmode: Pmode, store: Mapping[str, tuple[x509.Certificate, ...]], *, allow_http: bool
) -> Imported:
    """Write the peers of a PMode with their certificates; one without certificate is left out.

    ``allow_http`` takes peers whose endpoint is unprotected, otherwise they are left out too.
    """
    remarks = list(pmode.remarks)
    certificates: dict[str, bytes] = {}
    own_id, own_type = pmode.own
    text = [
        "# Imported from a PMode of Domibus; docs/peers.md says what else may stand here.",
        "[own]",
        f"parties = [{{ id = {_quoted(own_id)}, type = {_quoted(own_type)} }}]",
    ]
    for peer in pmode.peers:
        signing, encrypting = _certificates(peer, store)
        clear = not peer.endpoint.lower().startswith("https://")
        if not signing:
            remarks.append(f"{peer.name}: the truststore has no certificate for it, left out")
            continue
        if clear and not allow_http:
            remarks.append(f"{peer.name}: left out because its endpoint is unprotected")
            continue
        files = {"sign": signing, "encrypt": encrypting}
        named = {use: _file(peer, use, found) for use, found in files.items() if found}
        if set(named.values()) & certificates.keys():
            raise SettingsFault("two parties have names that make one file", code="AS4-PMODE-FILE")
        for use, file in named.items():
            certificates[file] = b"".join(e.public_bytes(Encoding.PEM) for e in files[use])
        text += ["", *_peer(peer, named, clear)]
    return Imported("\n".join(text) + "\n", certificates, tuple(remarks))


def changes(old: Peers, new: Peers) -> tuple[Change, ...]:
    """Tell what a new snapshot changes; certificates are told by their SHA-256."""
    found = []
    for remote in old.remotes:
        other = new.named(remote.name)
        if other is None:
            found.append(Change(remote.name, "is gone", True))
            continue
        found += _differences(remote, other)
    found += [
        Change(each.name, "is new", False) for each in new.remotes if old.named(each.name) is None
    ]
    return tuple(found)


def _differences(one: Remote, other: Remote) -> Iterator[Change]:
    told = {
        "party": ((one.peer.id, one.peer.type), (other.peer.id, other.peer.type)),
        "endpoint": (one.address.url, other.address.url),
        "retry": (_retry(one.schedule), _retry(other.schedule)),
        "compress": (dict(one.peer.compress), dict(other.peer.compress)),
        "agreement": (one.peer.agreement, other.peer.agreement),
    }
    for name, (before, after) in told.items():
        if before != after:
            yield Change(
                one.name, f"{name}: {before} becomes {after}", name in {"party", "endpoint"}
            )
    uses = {
        "sign": (one.peer.trust.pinned, other.peer.trust.pinned),
        "encrypt": (one.peer.encryption, other.peer.encryption),
    }
    for name, (gone, come) in uses.items():
        if set(gone) != set(come):
            text = f"{name}: certificates {_prints(gone)} become {_prints(come)}"
            yield Change(one.name, text, True)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Give the SHA-256 of a certificate in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _prints(certificates: Sequence[x509.Certificate]) -> str:
    return " + ".join(fingerprint_of(each)[:16] for each in certificates) or "none"


def _certificates(
    peer: PmodePeer, store: Mapping[str, tuple[x509.Certificate, ...]]
) -> tuple[tuple[x509.Certificate, ...], tuple[x509.Certificate, ...]]:
    """Give those to sign with, and those to encrypt for where they are others (as4 7.2)."""
    signing = [*store.get(peer.alias, ()), *store.get(f"{peer.alias}_rsa_sign", ())]
    return tuple(dict.fromkeys(signing)), store.get(f"{peer.alias}_rsa_encrypt", ())


def _peer(peer: PmodePeer, files: Mapping[str, str], clear: bool) -> Iterator[str]:
    yield "[[peer]]"
    yield f"name = {_quoted(peer.name)}"
    yield f"id = {_quoted(peer.id)}"
    yield f"type = {_quoted(peer.type)}"
    yield f"endpoint = {_quoted(peer.endpoint)}"
    if clear:
        yield "allow_http = true"
    for use, file in files.items():
        yield f"{use} = [{_quoted(file)}]"
    yield f"retry = {_quoted(_retry(peer.schedule))}"
    if peer.compress:
        pairs = (f"{name} = {str(on).lower()}" for name, on in sorted(peer.compress.items()))
        yield f"compress = {{ {', '.join(pairs)} }}"
    if peer.agreement:
        yield f"agreement = {{ value = {_quoted(peer.agreement)} }}"


def _retry(schedule: Schedule) -> str:
    if schedule == ONCE:
        return "SEND_ONCE"
    return f"{int(schedule.window.total_seconds() // 60)};{schedule.attempts};CONSTANT"


def _quoted(text: str) -> str:
    """Write a TOML string: JSON's escapes are TOML's, DEL apart."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _file(peer: PmodePeer, use: str, certificates: Sequence[x509.Certificate]) -> str:
    """Name a file by what is in it, so that the old snapshot stays whole beside the new one."""
    digest = hashlib.sha256(b"".join(e.public_bytes(Encoding.DER) for e in certificates))
    return f"{_FOLDER}/{_file_name(peer.alias)}-{use}-{digest.hexdigest()[:12]}.pem"


def _file_name(alias: str) -> str:
    return re.sub(r"[^a-z0-9._-]", "_", alias).lstrip(".") or "_"
