"""The port Verifier on `cryptography`: whether a key made a signature; the form of both is read in domain/ssh.py."""

from __future__ import annotations

from hashlib import sha256

from metricgov.domain.errors import BadInput
from metricgov.domain.ssh import (
    CURVES,
    ED25519,
    HARDWARE,
    RSA,
    SK_ED25519,
    Malformed,
    Signature,
    integers,
    read_signature,
)

KEPT = 10_000
"""Verdicts that are remembered at one time."""


class SshVerifier:
    """Verifies in process; a verdict is remembered by what was signed and the signature."""

    def __init__(self) -> None:
        self._known: dict[bytes, str | BadInput] = {}

    def signed_by(self, statement: bytes, signature: bytes, *, namespace: str) -> str:
        """Return the public key that made an armoured SSHSIG over exactly these bytes; BadInput where none did."""
        digest = sha256(b"\0".join((namespace.encode(), sha256(statement).digest(), signature))).digest()
        if digest not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[digest] = _verdict(statement, signature, namespace)
        found = self._known[digest]
        if isinstance(found, BadInput):
            raise found
        return found


def _verdict(statement: bytes, signature: bytes, namespace: str) -> str | BadInput:
    try:
        found = read_signature(signature)
        if found.namespace != namespace:
            says = f"the signature was made for {found.namespace[:60]!r}, not for {namespace!r}"
            return BadInput("signature_namespace", says)
        if not _holds(found, statement):
            return BadInput("signature_other", "the signature was made over other bytes")
    except Malformed as error:
        return BadInput("signature_malformed", f"the signature is {error}")
    return found.key.line


def _holds(found: Signature, statement: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    signed = found.signed(statement)
    if found.key.kind in HARDWARE:
        application = found.key.fields[-1]
        signed = sha256(application).digest() + found.touch + sha256(signed).digest()
    try:
        if found.key.kind in (ED25519, SK_ED25519):
            _ed25519(found, signed)
        elif found.key.kind == RSA:
            _rsa(found, signed)
        else:
            _ecdsa(found, signed)
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm) as error:  # a point that is not on its curve, for example
        raise Malformed("made by a key that cannot exist") from error
    return True


def _ed25519(found: Signature, signed: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(found.key.fields[0]).verify(found.raw, signed)


def _rsa(found: Signature, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    exponent, modulus = (int.from_bytes(part, "big") for part in found.key.fields)
    if len(found.raw) != (modulus.bit_length() + 7) // 8:
        raise InvalidSignature
    hashed = hashes.SHA512() if found.algorithm == "rsa-sha2-512" else hashes.SHA256()
    RSAPublicNumbers(exponent, modulus).public_key().verify(found.raw, signed, PKCS1v15(), hashed)


def _ecdsa(found: Signature, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    curve, hashed = {
        b"nistp256": (ec.SECP256R1(), hashes.SHA256()),
        b"nistp384": (ec.SECP384R1(), hashes.SHA384()),
        b"nistp521": (ec.SECP521R1(), hashes.SHA512()),
    }[CURVES[found.key.kind][0]]
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, found.key.fields[1])
    raw = encode_dss_signature(*integers(found.raw))
    public.verify(raw, signed, ec.ECDSA(hashed))
