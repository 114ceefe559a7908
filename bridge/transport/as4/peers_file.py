"""``peers.toml``: who we are and who our peers are, checked whole (docs/peers.md).

Certificates are named by file, relative to this one; a file may hold several. Old and new stand
side by side during a roll-over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from cryptography import x509

from bridge.envelope import AgreementRef
from bridge.errors import SettingsFault
from bridge.transport.as4.client import Address
from bridge.transport.as4.keyinfo import TokenKind
from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner, load_key
from bridge.transport.as4.peers import Peers, Remote
from bridge.transport.as4.pmode import Legs, Peer
from bridge.transport.as4.revocation import unchecked
from bridge.transport.as4.schedule import Schedule, read_schedule
from bridge.transport.as4.settings_file import Section, SettingsFile
from bridge.transport.as4.suites import SUITES
from bridge.transport.as4.tls import TlsKey, TlsSettings
from bridge.transport.as4.transport import Identity
from bridge.transport.as4.trust import PeerTrust, Revocation
from bridge.xml.seal_key import UNREADABLE_CERTIFICATE

PEER_KEYS: Final = (
    "name", "id", "type", "endpoint", "enabled", "sign", "encrypt", "anchors", "subject",
    "revocation", "lists", "versions", "retry", "compress", "suite", "token", "agreement",
    "any_case", "encrypted", "receipt_tokens", "allow_http", "tls",
)  # fmt: skip
OWN_KEYS: Final = ("parties", "domain", "key", "decrypt", "password_file")
_TLS_KEYS: Final = ("anchors", "certificate", "key")
_AGREEMENT_KEYS: Final = ("value", "type", "pmode")
_DOMAIN: Final = "bridge.invalid"


@dataclass(frozen=True, slots=True)
class PeersFile:
    """What the file says. ``identity`` is None where it names no key of ours.

    ``disabled`` are names of peers that are switched off: nothing is sent to or taken from them.
    """

    path: Path
    peers: Peers
    identity: Identity | None
    disabled: tuple[str, ...]


def load_peers(path: Path, legs: Legs, *, keys: bool = True) -> PeersFile:
    """Read the file; raises `FileFault` with every problem in it.

    ``keys`` False leaves our own private keys alone, for those who may not read them.
    """
    file = SettingsFile(path)
    file.tables(("own", "peer"))
    own = file.section("own")
    parties = _parties(own) if own else ()
    identity = _identity(own) if own and keys and own.data.get("key") else None
    if own:
        own.only(OWN_KEYS)
    remotes, disabled = [], []
    for section in file.sections("peer"):
        remote = _remote(section, legs)
        if remote is not None and section.flag("enabled", True):
            remotes.append(remote)
        elif remote is not None:
            disabled.append(remote.name)
    file.finish()
    try:
        peers = Peers(parties, tuple(remotes))
        if parties:
            peers.pmodes(legs)
    except SettingsFault as fault:
        file.problem(fault.what)
        file.finish()
        raise
    return PeersFile(path, peers, identity, tuple(disabled))


def _parties(own: Section) -> tuple[tuple[str, str], ...]:
    found = []
    for each in own.data.get("parties", ()):
        if not isinstance(each, dict) or set(each) != {"id", "type"}:
            own.problem("parties", "each of 'parties' needs id and type, and nothing else")
            continue
        found.append((str(each["id"]), str(each["type"])))
    if not found:
        own.problem("parties", "'parties' has to name at least one party of ours")
    return tuple(found)


def _identity(own: Section) -> Identity | None:
    password = None
    if own.text("password_file", ""):
        password = own.octets("password_file", own.text("password_file")).strip()
    try:
        key, chain = load_key(own.octets("key", own.text("key")), password)
        signer = LoadedSigner(key, chain)
        pairs = [(key, chain)]
        for name in own.texts("decrypt"):
            pairs.append(load_key(own.octets("decrypt", name), password))
        decrypters = tuple(LoadedDecrypter(each, own_chain[0]) for each, own_chain in pairs)
    except SettingsFault as fault:
        own.problem("key", fault.what)
        return None
    return Identity(signer, decrypters, own.text("domain", _DOMAIN))


def _remote(section: Section, legs: Legs) -> Remote | None:
    section.only(PEER_KEYS)
    values: dict[str, Any] = {
        "name": section.text("name"),
        "id": section.text("id"),
        "type": section.text("type"),
        "trust": _trust(section),
        "suite": SUITES[section.one_of("suite", tuple(SUITES), "rsa")],
        "token": section.one_of("token", get_args(TokenKind), "certificate"),
        "agreement": _agreement(section),
        "compress": _compress(section, legs),
        "encrypted": section.flag("encrypted", True),
        "any_case": section.flag("any_case", False),
        "receipt_tokens": section.flag("receipt_tokens", False),
    }
    values["encryption"] = _certificates(section, "encrypt") or _certificates(section, "sign")
    address, schedule = _address(section), _schedule(section)
    if values["trust"] is None or address is None:
        return None
    try:
        peer = Peer(**values)
    except SettingsFault as fault:
        section.problem("encrypt", fault.what)
        return None
    if unchecked(peer):
        section.problem(
            "sign",
            "a certificate names a revocation list that nobody can prove: add 'anchors', or set "
            "'revocation' to soft or off",
        )
    return Remote(peer, address, schedule, section.texts("versions"), _lists(section))


def _lists(section: Section) -> tuple[str, ...]:
    found = section.texts("lists")
    if not all(each.startswith(("http://", "https://")) for each in found):
        section.problem("lists", "'lists' has to be http(s) addresses")
    return found


def _trust(section: Section) -> PeerTrust | None:
    pinned, anchors = _certificates(section, "sign"), _certificates(section, "anchors")
    subject = section.text("subject", "")
    revocation: Revocation = section.one_of("revocation", get_args(Revocation), "hard")
    try:
        return PeerTrust(pinned, anchors, subject, revocation=revocation)
    except SettingsFault as fault:
        if not any(section.data.get(key) for key in ("sign", "anchors")):
            section.problem("sign", fault.what)
        return None


def _certificates(section: Section, key: str) -> tuple[x509.Certificate, ...]:
    found: list[x509.Certificate] = []
    for name in section.texts(key):
        octets = section.octets(key, name)
        if not octets:
            continue
        try:
            read = x509.load_pem_x509_certificates(octets)
            for each in read:
                _ = each.not_valid_after_utc, each.public_key()
        except UNREADABLE_CERTIFICATE:
            section.problem(key, f"'{key}': {name} holds no readable certificates in PEM")
            continue
        found += [each for each in read if each not in found]
    return tuple(found)


def _address(section: Section) -> Address | None:
    tls = section.table("tls")
    for name in tls:
        if name not in _TLS_KEYS:
            section.problem("tls", f"unknown key '{name}' in 'tls', which has {_TLS_KEYS}")
    anchors, certificate, key = (
        section.path(str(tls[name])) if name in tls else None for name in _TLS_KEYS
    )
    own = TlsKey(certificate, key) if certificate else None
    if key and not certificate:
        section.problem("tls", "a key in 'tls' needs its certificate")
    for path in (anchors, certificate, key):
        if path is not None and not path.is_file():
            section.problem("tls", f"'tls': there is no file {path.name}")
    try:
        return Address(
            section.text("endpoint"), TlsSettings(anchors, own), section.flag("allow_http", False)
        )
    except SettingsFault as fault:
        if section.data.get("endpoint"):
            section.problem("endpoint", f"{fault.what}. {fault.remedy}".removesuffix(". "))
        return None


def _schedule(section: Section) -> Schedule:
    if "retry" not in section.data:
        return Schedule()
    try:
        return read_schedule(section.text("retry"))
    except SettingsFault as fault:
        section.problem("retry", fault.what)
        return Schedule()


def _compress(section: Section, legs: Legs) -> dict[str, bool]:
    found: dict[str, bool] = {}
    names = [leg.name for leg in legs.legs]
    for name, value in section.table("compress").items():
        if name not in names or not isinstance(value, bool):
            section.problem("compress", f"'compress' has true or false for {', '.join(names)}")
        else:
            found[name] = value
    return found


def _agreement(section: Section) -> AgreementRef | None:
    given = section.table("agreement")
    if not given:
        return None
    if set(given) - set(_AGREEMENT_KEYS) or not given.get("value"):
        section.problem(
            "agreement", f"'agreement' has {', '.join(_AGREEMENT_KEYS)}; value is needed"
        )
        return None
    return AgreementRef(**{key: str(value) for key, value in given.items()})
