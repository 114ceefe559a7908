"""Our keys are loaded once and checked then, wherever they lie."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from bridge.errors import LocalFault, SettingsFault
from bridge.transport.as4.algorithms import ECDSA_SHA256, ED25519, RSA_SHA256, SIGNATURES
from bridge.transport.as4.keys import LoadedDecrypter, LoadedSigner, load_key
from tests.as4_worlds import certificate, private_key, rsa_key

KEY = rsa_key("DE")
LEAF = certificate("DE", issuer="ca")
CA = certificate("ca", ca=True)
OTHER = certificate("FR")


def pem(*certificates: object, password: bytes | None = None, key: object = KEY) -> bytes:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
    return private + b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def p12(password: bytes = b"secret") -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"x", KEY, LEAF, [CA], BestAvailableEncryption(password)
    )


FILES = {
    "PEM": (pem(LEAF, CA), None),
    "PEM in another order": (pem(CA, OTHER, LEAF), None),
    "PEM with a password": (pem(LEAF, CA, password=b"secret"), b"secret"),
    "PKCS #12": (p12(), b"secret"),
}


@pytest.mark.parametrize(("octets", "password"), FILES.values(), ids=FILES)
def test_key_and_path_are_read(octets: bytes, password: bytes | None) -> None:
    key, certificates = load_key(octets, password)
    assert certificates == (LEAF, CA)
    assert LoadedSigner(key, certificates).sign(b"x", RSA_SHA256)
    assert LoadedDecrypter(key, certificates[0])


BROKEN = {
    "nothing": (b"", None),
    "no key": (LEAF.public_bytes(Encoding.PEM), None),
    "no certificate": (pem(), None),
    "a certificate of another key": (pem(OTHER), None),
    "a password missing": (pem(LEAF, password=b"secret"), None),
    "a password wrong": (pem(LEAF, password=b"secret"), b"other"),
    "a password too many": (pem(LEAF), b"secret"),
    "PKCS #12 with another password": (p12(), b"other"),
}


@pytest.mark.parametrize(("octets", "password"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused(octets: bytes, password: bytes | None) -> None:
    with pytest.raises(SettingsFault):
        load_key(octets, password)


UNFIT: dict[str, Callable[[], object]] = {
    "too short to sign": lambda: LoadedSigner(
        rsa_key("weak", 1024), (certificate("weak", bits=1024),)
    ),
    "not for signatures": lambda: LoadedSigner(KEY, (certificate("DE", usage=False),)),
    "of another certificate": lambda: LoadedSigner(KEY, (OTHER,)),
    "without certificate": lambda: LoadedSigner(KEY, ()),
    "agreement key that signs": lambda: LoadedSigner(
        private_key("a", "x25519"), (certificate("a", "x25519"),)
    ),
    "not for encryption": lambda: LoadedDecrypter(KEY, certificate("DE", usage=False)),
    "signature key that decrypts": lambda: LoadedDecrypter(
        private_key("a", "ed25519"), certificate("a", "ed25519")
    ),
    "of another certificate to decrypt": lambda: LoadedDecrypter(KEY, OTHER),
}


@pytest.mark.parametrize("make", UNFIT.values(), ids=UNFIT)
def test_a_key_that_messages_cannot_use_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SettingsFault):
        make()


def test_a_key_signs_only_by_a_method_that_fits() -> None:
    with pytest.raises(LocalFault):
        LoadedSigner(KEY, (LEAF,)).sign(b"x", ED25519)


def test_a_key_opens_only_what_is_of_its_kind() -> None:
    agreeing = LoadedDecrypter(private_key("a", "x25519"), certificate("a", "x25519"))
    with pytest.raises(ValueError, match="no RSA"):
        agreeing.decrypt(bytes(256))
    for public in (private_key("b", "x25519").public_key(), private_key("b", "ec").public_key()):
        with pytest.raises(ValueError, match="different"):
            LoadedDecrypter(KEY, LEAF).agree(public)


def test_a_key_is_never_shown() -> None:
    assert "key" not in repr(LoadedSigner(KEY, (LEAF,))).lower()
    assert "key" not in repr(LoadedDecrypter(KEY, LEAF)).lower()


SIGNING = {"rsa": RSA_SHA256, "ed25519": ED25519, "ec": ECDSA_SHA256}


@pytest.mark.parametrize(("kind", "method"), SIGNING.items(), ids=SIGNING)
def test_a_method_proves_only_its_own_signatures(kind: str, method: str) -> None:
    key = private_key("DE", kind)
    row = SIGNATURES[method]
    value = row.sign(key, b"octets")
    assert row.is_signed(key.public_key(), b"octets", value)
    assert not row.is_signed(key.public_key(), b"other", value)
    assert not row.is_signed(key.public_key(), b"octets", value[:-1])
    assert not row.is_signed(key.public_key(), b"octets", b"")
    assert not row.is_signed(private_key("FR", kind).public_key(), b"octets", value)
    for other in SIGNING.keys() - {kind}:
        assert not row.is_signed(private_key("DE", other).public_key(), b"octets", value)
