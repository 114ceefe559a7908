"""Keys in an HSM do what loaded keys do; SoftHSM stands for one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge.errors import LocalFault, SettingsFault
from bridge.transport.as4.algorithms import ECDSA_SHA256, RSA_SHA256, SIGNATURES
from bridge.transport.as4.keys import OAEP
from bridge.transport.as4.pkcs11 import Token, TokenDecrypter, TokenSigner, unpad_oaep
from tests.as4_worlds import NOW, PDF, REGREP, certificate, contents, private_key, rsa_key, world

LIBRARIES = [
    Path(folder) / "libsofthsm2.so"
    for folder in ("/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm")
]
LIBRARY = next((path for path in LIBRARIES if path.exists()), None)
KEY = rsa_key("DE")
LEAF = certificate("DE")
EC = certificate("hsm-ec", "ec")

needs_a_token = pytest.mark.skipif(
    LIBRARY is None or shutil.which("softhsm2-util") is None, reason="SoftHSM is not installed"
)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", "utf-8")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    run("--init-token", "--free", "--label", "bridge", "--pin", "1234", "--so-pin", "4321")
    for label, key in (("rsa", KEY), ("ec", private_key("hsm-ec", "ec")), ("other", rsa_key("FR"))):
        file = folder / f"{label}.pem"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        words = ("--token", "bridge", "--label", label, "--id", label.encode().hex())
        run("--import", str(file), *words, "--pin", "1234")
    yield Token(str(LIBRARY), "bridge", "1234")
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def run(*words: str) -> None:
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True, timeout=60)


@needs_a_token
def test_a_token_signs_as_a_loaded_key_does(token: Token) -> None:
    value = TokenSigner(token, "rsa", (LEAF,)).sign(b"octets", RSA_SHA256)
    assert value == KEY.sign(b"octets", padding.PKCS1v15(), hashes.SHA256())
    value = TokenSigner(token, "ec", (EC,)).sign(b"octets", ECDSA_SHA256)
    assert SIGNATURES[ECDSA_SHA256].is_signed(EC.public_key(), b"octets", value)


@needs_a_token
def test_a_token_gives_its_certificates(token: Token) -> None:
    import pkcs11

    session = pkcs11.lib(str(LIBRARY)).get_token(token_label="bridge").open(rw=True)
    session.create_object(
        {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.LABEL: "leaf",
            pkcs11.Attribute.SUBJECT: LEAF.subject.public_bytes(),
            pkcs11.Attribute.VALUE: LEAF.public_bytes(Encoding.DER),
        }
    )
    session.close()
    assert TokenSigner(token, "rsa", (token.certificate("leaf"),)).certificates == (LEAF,)


@needs_a_token
def test_a_token_signs_only_by_the_method_of_its_key(token: Token) -> None:
    with pytest.raises(LocalFault):
        TokenSigner(token, "rsa", (LEAF,)).sign(b"octets", ECDSA_SHA256)


@needs_a_token
def test_a_token_opens_what_was_wrapped_for_it(token: Token) -> None:
    decrypter = TokenDecrypter(token, "rsa", LEAF, oaep="host")
    wrapped = KEY.public_key().encrypt(bytes(range(16)), OAEP)
    assert decrypter.decrypt(wrapped) == bytes(range(16))
    for broken in (wrapped[:-1], bytes(256), rsa_key("FR").public_key().encrypt(b"x", OAEP)):
        with pytest.raises(ValueError, match=r"open|ciphertext|does not do"):
            decrypter.decrypt(broken)


@needs_a_token
def test_a_token_without_oaep_of_sha256_says_so_by_not_opening(token: Token) -> None:
    wrapped = KEY.public_key().encrypt(bytes(16), OAEP)
    with pytest.raises(ValueError, match="does not do"):
        TokenDecrypter(token, "rsa", LEAF, oaep="device").decrypt(wrapped)


@needs_a_token
def test_a_token_agrees_on_no_key(token: Token) -> None:
    with pytest.raises(ValueError, match="kinds"):
        TokenDecrypter(token, "rsa", LEAF).agree(private_key("e", "ec").public_key())


@needs_a_token
def test_a_whole_message_is_signed_and_opened_by_tokens(token: Token) -> None:
    here = world()
    here = replace(here, sender=replace(here.sender, signer=TokenSigner(token, "rsa", (LEAF,))))
    decrypter = TokenDecrypter(token, "other", certificate("FR"), oaep="host")
    assert contents(here.open(here.pack().package, decrypters=(decrypter,))) == [REGREP, PDF]
    assert here.open(here.pack(payloads=()).package, NOW).certificate == LEAF


@needs_a_token
def test_many_threads_use_one_token(token: Token) -> None:
    signer = TokenSigner(token, "rsa", (LEAF,))
    expected = signer.sign(b"octets", RSA_SHA256)
    with ThreadPoolExecutor(4) as pool:
        values = list(pool.map(lambda _: signer.sign(b"octets", RSA_SHA256), range(20)))
    assert values == [expected] * 20


@needs_a_token
def test_a_wrong_token_pin_label_or_certificate_is_refused(token: Token) -> None:
    for library, label, pin in (
        ("/nowhere.so", "bridge", "1234"),
        (str(LIBRARY), "nothing", "1234"),
    ):
        with pytest.raises(SettingsFault):
            Token(library, label, pin)
    with pytest.raises(SettingsFault):
        TokenSigner(token, "nothing", (LEAF,))
    with pytest.raises(SettingsFault):
        TokenSigner(token, "rsa", (certificate("FR"),))
    with pytest.raises(SettingsFault):
        TokenDecrypter(token, "nothing", LEAF)
    with pytest.raises(SettingsFault):
        TokenDecrypter(token, "rsa", certificate("x", "ed25519"))
    with pytest.raises(SettingsFault):
        TokenDecrypter(token, "ec", EC)
    with pytest.raises(SettingsFault):
        token.certificate("rsa")


def padded(message: bytes) -> bytes:
    """A block as OAEP makes it: encrypted with the public key and opened raw."""
    wrapped = int.from_bytes(KEY.public_key().encrypt(message, OAEP), "big")
    numbers = KEY.private_numbers()
    return pow(wrapped, numbers.d, numbers.public_numbers.n).to_bytes(256, "big")


@pytest.mark.parametrize("message", [b"", b"\0", b"\1\1", bytes(16), bytes(range(190))])
def test_padding_is_taken_off(message: bytes) -> None:
    assert unpad_oaep(padded(message)) == message


BROKEN = {
    "a first octet": lambda block: b"\1" + block[1:],
    "the seed": lambda block: block[:1] + bytes([block[1] ^ 1]) + block[2:],
    "the data": lambda block: block[:-1] + bytes([block[-1] ^ 1]),
    "the label": lambda block: block[:40] + bytes([block[40] ^ 1]) + block[41:],
    "too short": lambda block: block[:65],
    "zeros": lambda block: bytes(256),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_broken_padding_does_not_open(change) -> None:
    with pytest.raises(ValueError, match="it does not open"):
        unpad_oaep(change(padded(bytes(16))))
