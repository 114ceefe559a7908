"""Java's XML Signature agrees with our seals, and we with those it makes.

xmlsec1 cannot take part: it has no means to supply the octets of a Reference without URI.
"""

from __future__ import annotations

import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    pkcs12,
)

from bridge.xml.parse import parse
from bridge.xml.seal import create_seal, verify_seal
from tests.unit.xml.seal_material import (
    AT,
    DECLARED,
    DS,
    EVIDENCE,
    EXCLUSIVE,
    INCLUSIVE,
    INCLUSIVE_11,
    PROVIDER,
    SHAPES,
    HandMade,
    base64_text,
    certificate,
    message_0302,
    private_key,
    seal_key,
    trust,
)

REFEREE = Path(__file__).with_name("SealReferee.java")
TEXT = base64_text(EVIDENCE)
SIGNERS = [("rsa-3072", "pss"), ("rsa-3072", "pkcs1"), ("p256", "pss"), ("p384", "pss")]
PASSWORD = "made-up"

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="java is not installed")


def referee(*words: object) -> list[str]:
    command = ["java", str(REFEREE), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def stored(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(("octets", "covered"), [("text", TEXT.encode()), ("bytes", EVIDENCE)])
def test_java_validates_every_kind_of_seal_we_make(tmp_path, octets, covered):
    files = []
    for shape, (message, name) in SHAPES.items():
        for kind, padding in SIGNERS:
            for digest in ("sha256", "sha512"):
                seal = create_seal(
                    EVIDENCE,
                    key=seal_key(kind),
                    element_name=name,
                    digest=digest,
                    octets_reading=octets,
                    rsa_padding=padding,
                )
                file = f"{shape}-{kind}-{padding}-{digest}.xml"
                files.append(stored(tmp_path, file, message(TEXT, seal)))
    verdicts = referee("verify", stored(tmp_path, "octets", covered), *files)
    assert verdicts == ["true true true"] * 16


def test_java_refuses_other_octets_and_a_changed_signed_info(tmp_path):
    message, name = SHAPES["0302"]
    seal = create_seal(EVIDENCE, key=seal_key("p256"), element_name=name)
    whole = stored(tmp_path, "whole.xml", message(TEXT, seal))
    blank = "\n<ds:Reference"
    changed = stored(
        tmp_path, "changed.xml", message(TEXT, seal.replace("<ds:Reference", blank, 1))
    )
    other = stored(tmp_path, "other", b"other")
    assert referee("verify", other, whole) == ["false true false"]
    own = stored(tmp_path, "own", TEXT)
    assert referee("verify", own, changed) == ["false false true"]


def test_java_agrees_with_the_hand_made_inclusive_seal(tmp_path):
    octets = stored(tmp_path, "octets", TEXT)
    files = [
        stored(
            tmp_path,
            f"{number}.xml",
            message_0302(TEXT, HandMade(TEXT.encode(), canonicalization=method).xml()),
        )
        for number, method in enumerate([INCLUSIVE, INCLUSIVE_11, EXCLUSIVE])
    ]
    assert referee("verify", octets, *files) == ["true true true"] * 3


CANONICALIZATIONS = {
    "exclusive": (EXCLUSIVE, "-"),
    "exclusive with inclusive prefixes": (EXCLUSIVE, "xn-bk,zz,xsi"),
    "inclusive 1.0": (INCLUSIVE, "-"),
    "inclusive 1.1": (INCLUSIVE_11, "-"),
}
ROOTS = {
    "many namespaces": DECLARED,
    "a default namespace": DECLARED + ' xmlns="urn:made-up:default"',
    "XML Signature unknown above": DECLARED.replace(f'xmlns:ds="{DS}"', ""),
    "two prefixes of XML Signature": DECLARED + f' xmlns:aa="{DS}"',
}


@pytest.mark.parametrize("kind", ["rsa-3072", "p256"])
def test_we_accept_what_java_seals(tmp_path, kind):
    key = private_key(kind)
    lock = BestAvailableEncryption(PASSWORD.encode())
    own = pkcs12.serialize_key_and_certificates(b"seal", key, certificate(key), None, lock)
    cases = list(product(CANONICALIZATIONS, ROOTS, SHAPES))
    words: list[object] = []
    for number, (method, root, shape) in enumerate(cases):
        plain = SHAPES[shape][0](TEXT, "", root=ROOTS[root])
        unsealed = stored(tmp_path, f"{number}-plain.xml", plain)
        words += [*CANONICALIZATIONS[method], unsealed, tmp_path / f"{number}.xml"]
    keystore = stored(tmp_path, "key.p12", own)
    referee("sign", keystore, PASSWORD, stored(tmp_path, "octets", TEXT), *words)
    verdicts = {case: reading_of(tmp_path / f"{n}.xml") for n, case in enumerate(cases)}
    assert verdicts == dict.fromkeys(cases, ("valid", EVIDENCE))


def reading_of(sealed: Path) -> tuple[str, bytes | None]:
    element = parse(sealed.read_bytes()).root.findall(".//{*}RegistryObject")[-1]
    verdict = verify_seal(element, trust=trust(), at=AT, provider=PROVIDER)
    return verdict.value, verdict.octets
