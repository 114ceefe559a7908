"""Our keys in an HSM, through PKCS #11; the package ``python-pkcs11`` is needed only here.

A token is opened once, and asked by one thread at a time: python-pkcs11 does not ask libraries
to lock, and SoftHSM crashes where two threads call it at once.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.errors import EdgeFault, LocalFault
from bridge.transport.as4.algorithms import ECDSA_SHA256, RSA_SHA256, SIGNATURES, is_rsa
from bridge.transport.as4.keys import AgreementKey, allows, read_certificate, unfit

Oaep: TypeAlias = Literal["device", "host"]

_DIGEST: Final = hashlib.sha256
_EMPTY_LABEL: Final = _DIGEST(b"").digest()
_MECHANISMS: Final = {RSA_SHA256: "SHA256_RSA_PKCS", ECDSA_SHA256: "ECDSA"}


class Token:
    """A token that was logged into. Raises `SettingsFault` where library, label or PIN is wrong."""

    def __init__(self, library: str, label: str, pin: str) -> None:
        try:
            self._module = importlib.import_module("pkcs11")
        except ImportError as cause:
            raise unfit("the package python-pkcs11 is not installed") from cause
        self._lock = threading.Lock()
        self._keys: dict[str, Any] = {}
        try:
            token = self._module.lib(library).get_token(token_label=label)
            self._session: Any = token.open(user_pin=pin)
        except (self._module.PKCS11Error, RuntimeError, OSError) as cause:
            raise unfit("the PKCS #11 library, the token or its PIN is wrong") from cause

    def __repr__(self) -> str:
        return "Token(...)"

    def private_key(self, label: str) -> Any:
        """Give the private key with this label, found once."""
        with self._lock:
            if label not in self._keys:
                wanted = {"object_class": self._module.ObjectClass.PRIVATE_KEY, "label": label}
                try:
                    self._keys[label] = self._session.get_key(**wanted)
                except self._module.PKCS11Error as cause:
                    raise unfit("the token has no private key of this label, or several") from cause
            return self._keys[label]

    def call(self, operation: Callable[..., bytes], *octets: bytes, **parameters: Any) -> bytes:
        """Have a key do something; ValueError where the token will not."""
        with self._lock:
            try:
                return operation(*octets, **parameters)
            except self._module.PKCS11Error:
                raise ValueError("the token does not do it") from None

    def certificate(self, label: str) -> x509.Certificate:
        """Give the certificate with this label."""
        attribute, kind = self._module.Attribute, self._module.ObjectClass.CERTIFICATE
        wanted = {attribute.CLASS: kind, attribute.LABEL: label}
        with self._lock:
            found = [each[attribute.VALUE] for each in self._session.get_objects(wanted)]
        if len(found) != 1:
            raise unfit("the token has no certificate of this label, or several")
        return read_certificate(bytes(found[0]))

    def mechanism(self, name: str) -> Any:
        """Give a mechanism by its name without ``CKM_``."""
        return getattr(self._module.Mechanism, name)

    def oaep(self) -> tuple[Any, Any, None]:
        """Give the parameters of RSA-OAEP with SHA-256, MGF1 with SHA-256 and no label."""
        return (self._module.Mechanism.SHA256, self._module.MGF.SHA256, None)


class TokenSigner:
    """A signing key in a token, RSA or on P-256.

    ``certificates`` begin with the key's own. The key is proved to be theirs by a signature, so
    a wrong label comes to light at start. Raises `SettingsFault`.
    """

    def __init__(self, token: Token, label: str, certificates: Sequence[x509.Certificate]) -> None:
        self._token = token
        self._label = label
        self.certificates = tuple(certificates)
        public = self.certificates[0].public_key()
        fitting = [uri for uri in _MECHANISMS if SIGNATURES[uri].fits(public)]
        if not fitting or not allows(self.certificates[0], "digital_signature"):
            raise unfit("it is of no kind that signs messages, or its certificate forbids it")
        self._method = fitting[0]
        if not SIGNATURES[self._method].is_signed(public, b"?", self.sign(b"?", self._method)):
            raise unfit("the first certificate is not the one of the key")

    def sign(self, octets: bytes, method: str) -> bytes:
        """Give the SignatureValue; `LocalFault` where the key does not fit the method."""
        if method != self._method:
            raise LocalFault("the signing key does not fit the suite of the peer", code="AS4-KEY")
        key = self._token.private_key(self._label)
        data = octets if method == RSA_SHA256 else _DIGEST(octets).digest()
        try:
            mechanism = self._token.mechanism(_MECHANISMS[method])
            return self._token.call(key.sign, data, mechanism=mechanism)
        except ValueError as cause:
            raise EdgeFault("the token does not sign", retryable=True) from cause


class TokenDecrypter:
    """A decryption key in a token, RSA only: the suites that agree on keys are experimental.

    ``oaep`` says who takes the padding off: the ``device``, or the ``host`` where the device
    knows OAEP with SHA-1 only, as SoftHSM does. Raises `SettingsFault`.
    """

    def __init__(
        self, token: Token, label: str, certificate: x509.Certificate, oaep: Oaep = "device"
    ) -> None:
        self._token = token
        self._label = label
        self._oaep = oaep
        self.certificate = certificate
        public = certificate.public_key()
        if not isinstance(public, rsa.RSAPublicKey) or not is_rsa(public):
            raise unfit("it is of no kind that messages are encrypted for")
        if not allows(certificate, "key_encipherment"):
            raise unfit("the key usage of its certificate allows no encryption")
        self._octets = (public.key_size + 7) // 8
        token.private_key(label)

    def decrypt(self, octets: bytes) -> bytes:
        """Open RSA-OAEP; ValueError where it does not open."""
        if len(octets) != self._octets:
            raise ValueError("no ciphertext of this key")
        key = self._token.private_key(self._label)
        if self._oaep == "device":
            mechanism, parameters = self._token.mechanism("RSA_PKCS_OAEP"), self._token.oaep()
            return self._token.call(
                key.decrypt, octets, mechanism=mechanism, mechanism_param=parameters
            )
        block = self._token.call(key.decrypt, octets, mechanism=self._token.mechanism("RSA_X_509"))
        return unpad_oaep(block.rjust(self._octets, b"\0"))

    def agree(self, public_key: AgreementKey) -> bytes:
        """Raise ValueError: the key is RSA."""
        raise ValueError("keys of different kinds")


def unpad_oaep(block: bytes) -> bytes:
    """Take OAEP padding off (RFC 8017 7.1.2, step 3); ValueError, one for all that may be wrong.

    All steps are done whatever is wrong, so that no attacker learns where it failed.
    """
    size = _DIGEST().digest_size
    if len(block) < 2 * size + 2:
        raise ValueError("it does not open")
    first, masked_seed, masked = block[0], block[1 : 1 + size], block[1 + size :]
    seed = _xor(masked_seed, _mask(masked, size))
    data = _xor(masked, _mask(seed, len(masked)))
    good = hmac.compare_digest(data[:size], _EMPTY_LABEL) & (first == 0)
    rest = data[size:]
    end, looking = 0, 1
    for position, octet in enumerate(rest):
        one, zero = octet == 1, octet == 0
        end += position * (looking & one)
        good &= bool((1 - looking) | one | zero)
        looking &= 1 - one
    if not good or looking:
        raise ValueError("it does not open")
    return rest[end + 1 :]


def _mask(seed: bytes, length: int) -> bytes:
    blocks = (length + _DIGEST().digest_size - 1) // _DIGEST().digest_size
    made = b"".join(_DIGEST(seed + number.to_bytes(4, "big")).digest() for number in range(blocks))
    return made[:length]


def _xor(first: bytes, second: bytes) -> bytes:
    length = len(first)
    return (int.from_bytes(first, "big") ^ int.from_bytes(second, "big")).to_bytes(length, "big")
