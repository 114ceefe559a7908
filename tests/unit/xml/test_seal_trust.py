"""Whose seal counts, and at what time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.xml.seal import SealTrust, SealVerdict, verify_seal
from tests.unit.xml.seal_material import (
    AT,
    EVIDENCE,
    PROVIDER,
    HandMade,
    authority,
    base64_text,
    certificate,
    message_0302,
    private_key,
    registry_object,
    revocation_list,
    trust,
    usage,
)

TEXT = base64_text(EVIDENCE)
MADE = HandMade(TEXT.encode())


def verdict_on(message: str, **changes) -> SealVerdict:
    arguments = {"trust": trust(), "at": AT, "provider": PROVIDER} | changes
    return verify_seal(registry_object(message), **arguments)


KEY = private_key("p256")
GOOD = certificate(KEY)
ENCRYPTS = usage(key_encipherment=True)
SELF_MADE = certificate(KEY, issuer="Testregister", issuer_key=KEY)
INTERMEDIATE = certificate(
    private_key("p256", "Zwischenstelle"),
    subject="Zwischenstelle",
    ca=True,
    key_usage=usage(key_cert_sign=True),
)
BELOW = certificate(KEY, issuer="Zwischenstelle")
NO_AUTHORITY = certificate(
    private_key("p256", "Kein Aussteller"),
    subject="Kein Aussteller",
    key_usage=usage(digital_signature=True),
)
BELOW_NO_AUTHORITY = certificate(KEY, issuer="Kein Aussteller")
IN_2025 = datetime(2025, 6, 1, tzinfo=UTC)
IN_2027 = datetime(2027, 6, 1, tzinfo=UTC)
ANCHORS = (authority(),)

TRUST = {
    "issued by an anchor": (GOOD, (), SealTrust(ANCHORS), "valid"),
    "pinned": (SELF_MADE, (), SealTrust(pinned=(SELF_MADE,)), "valid"),
    "listed for this provider": (
        SELF_MADE,
        (),
        SealTrust(providers={PROVIDER: (SELF_MADE,)}),
        "valid",
    ),
    "nonRepudiation instead of digitalSignature": (
        certificate(KEY, key_usage=usage(content_commitment=True)),
        (),
        SealTrust(ANCHORS),
        "valid",
    ),
    "an intermediate in KeyInfo": (BELOW, (INTERMEDIATE,), SealTrust(ANCHORS), "valid"),
    "an intermediate missing": (BELOW, (), SealTrust(ANCHORS), "untrusted-certificate"),
    "an intermediate that is no authority": (
        BELOW_NO_AUTHORITY,
        (NO_AUTHORITY,),
        SealTrust(ANCHORS),
        "untrusted-certificate",
    ),
    "expired": (
        certificate(KEY, until=datetime(2026, 1, 1, tzinfo=UTC)),
        (),
        SealTrust(ANCHORS),
        "untrusted-certificate",
    ),
    "pinned but expired": (
        (expired := certificate(KEY, until=datetime(2026, 1, 1, tzinfo=UTC))),
        (),
        SealTrust(pinned=(expired,)),
        "untrusted-certificate",
    ),
    "wrong key usage": (
        certificate(KEY, key_usage=ENCRYPTS),
        (),
        SealTrust(ANCHORS),
        "untrusted-certificate",
    ),
    "pinned with wrong key usage": (
        (encrypts := certificate(KEY, key_usage=ENCRYPTS)),
        (),
        SealTrust(pinned=(encrypts,)),
        "untrusted-certificate",
    ),
    "no key usage": (
        certificate(KEY, key_usage=None),
        (),
        SealTrust(ANCHORS),
        "untrusted-certificate",
    ),
    "unknown authority": (
        certificate(KEY, issuer="Fremde PKI"),
        (),
        SealTrust(ANCHORS),
        "untrusted-certificate",
    ),
    "an impostor with the name of the authority": (
        certificate(KEY, issuer_key=private_key("p256", "Fremde PKI")),
        (),
        SealTrust(ANCHORS),
        "untrusted-certificate",
    ),
    "self-made": (SELF_MADE, (), SealTrust(ANCHORS), "untrusted-certificate"),
    "another provider's": (
        GOOD,
        (),
        SealTrust(ANCHORS, providers={"other": (GOOD,)}),
        "untrusted-certificate",
    ),
    "not the one listed for the provider": (
        GOOD,
        (),
        SealTrust(ANCHORS, providers={PROVIDER: (SELF_MADE,)}),
        "untrusted-certificate",
    ),
    "revoked": (
        GOOD,
        (),
        SealTrust(ANCHORS, revocations=(revocation_list(GOOD, since=IN_2025),)),
        "untrusted-certificate",
    ),
    "an intermediate revoked": (
        BELOW,
        (INTERMEDIATE,),
        SealTrust(ANCHORS, revocations=(revocation_list(INTERMEDIATE, since=IN_2025),)),
        "untrusted-certificate",
    ),
    "revoked after the time of the check": (
        GOOD,
        (),
        SealTrust(ANCHORS, revocations=(revocation_list(GOOD, since=IN_2027),)),
        "valid",
    ),
    "another certificate revoked": (
        GOOD,
        (),
        SealTrust(ANCHORS, revocations=(revocation_list(BELOW, since=IN_2025),)),
        "valid",
    ),
}


@pytest.mark.parametrize(("signer", "others", "trusted", "expected"), TRUST.values(), ids=TRUST)
def test_trust_decides_whose_seal_counts(signer, others, trusted, expected):
    seal = MADE.but(certificate=signer, more_certificates=others)
    verdict = verdict_on(message_0302(TEXT, seal.xml()), trust=trusted)
    assert verdict.value == expected, verdict.reason
    assert (verdict.octets is None) == (expected != "valid")


@pytest.mark.parametrize("provider", [None, "other"])
def test_a_certificate_listed_for_one_provider_serves_nobody_else(provider):
    seal = MADE.but(certificate=GOOD).xml()
    listed = SealTrust(ANCHORS, providers={PROVIDER: (GOOD,)})
    message = message_0302(TEXT, seal)
    assert verdict_on(message, trust=listed).value == "valid"
    verdict = verdict_on(message, trust=listed, provider=provider)
    assert verdict.value == "untrusted-certificate"


@pytest.mark.parametrize(
    "at", [datetime(2024, 12, 31, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)]
)
def test_validity_is_judged_at_the_given_time(at):
    assert verdict_on(message_0302(TEXT, MADE.xml()), at=at).value == "untrusted-certificate"


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(GOOD.public_bytes(Encoding.DER)) - 1), octet=st.integers(1, 255))
def test_a_damaged_certificate_ends_in_a_verdict(place, octet):
    der = bytearray(GOOD.public_bytes(Encoding.DER))
    der[place] ^= octet
    body = f"<ds:X509Certificate>{base64_text(bytes(der))}</ds:X509Certificate>"
    seal = MADE.but(key_info=f"<ds:KeyInfo><ds:X509Data>{body}</ds:X509Data></ds:KeyInfo>")
    verdict = verdict_on(message_0302(TEXT, seal.xml()))
    assert verdict.value in ("untrusted-certificate", "invalid-signature", "unsupported")
