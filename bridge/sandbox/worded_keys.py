"""Keys that follow from a sentence: the same on every machine, and a secret to nobody.

For test vectors only. The library draws RSA keys at random, so the primes are searched here.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

_EXPONENT: Final = 65537
_PRIME_OCTETS: Final = 128
_ROUNDS: Final = 20
_SMALL: Final = math.prod(
    n for n in range(3, 2000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2))
)


class WordedKeys:
    """Keys of a sentence, each by a name."""

    def __init__(self, words: str) -> None:
        self._words = words

    def rsa(self, name: str) -> rsa.RSAPrivateKey:
        """Give the RSA key of 2048 bits of this name."""
        p = self._prime(f"{name}/p")
        q = self._prime(f"{name}/q")
        d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
        exponents = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
        return rsa.RSAPrivateNumbers(p, q, d, *exponents, public).private_key()

    def tls(self, name: str) -> ec.EllipticCurvePrivateKey:
        """Give the P-256 key of this name."""
        secret = next(self._numbers(f"{name}/tls", 31))
        return ec.derive_private_key(secret, ec.SECP256R1())

    def octets(self, name: str, size: int) -> bytes:
        """Give ``size`` octets that look random."""
        return hashlib.shake_256(f"{self._words}/{name}".encode()).digest(size)

    def _numbers(self, name: str, size: int) -> Iterator[int]:
        counter = 0
        while True:
            yield int.from_bytes(self.octets(f"{name}/{counter}", size), "big")
            counter += 1

    def _prime(self, name: str) -> int:
        # The two highest bits make the product of two such primes exactly 2048 bits long.
        top = 0b11 << (8 * _PRIME_OCTETS - 2)
        for number in self._numbers(name, _PRIME_OCTETS):
            candidate = number | top | 1
            fits = math.gcd(candidate, _SMALL) == 1 == math.gcd(candidate - 1, _EXPONENT)
            if fits and _is_prime(candidate):
                return candidate
        raise AssertionError("numbers do not end")


def _is_prime(candidate: int) -> bool:
    """Miller-Rabin with bases that follow from the candidate."""
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    digest = hashlib.shake_256(candidate.to_bytes(_PRIME_OCTETS, "big")).digest(8 * _ROUNDS)
    for number in range(_ROUNDS):
        base = 2 + int.from_bytes(digest[8 * number : 8 * number + 8], "big")
        value = pow(base, odd, candidate)
        if value in (1, candidate - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % candidate
            if value == candidate - 1:
                break
        else:
            return False
    return True
