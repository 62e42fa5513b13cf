"""OpenSSH public keys and SSHSIG signatures as bytes, read strictly; whether a signature holds is for ports/signing.py.

Formats: RFC 4253 (6.6), RFC 5656, RFC 8332, RFC 8709, and PROTOCOL.u2f and PROTOCOL.sshsig of OpenSSH.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
CURVES: dict[str, tuple[bytes, int]] = {
    "ecdsa-sha2-nistp256": (b"nistp256", 32),
    "ecdsa-sha2-nistp384": (b"nistp384", 48),
    "ecdsa-sha2-nistp521": (b"nistp521", 66),
    SK_ECDSA: (b"nistp256", 32),
}
"""The curve that each kind of key names, and the length of one coordinate in bytes."""

KINDS = frozenset({ED25519, RSA, SK_ED25519, *CURVES})
"""Kinds of keys that can sign decisions."""

HARDWARE = frozenset({SK_ED25519, SK_ECDSA})
"""Kinds whose private half lives in a security key."""

RSA_BITS = range(2048, 16385)
RSA_ALGORITHMS = frozenset({"rsa-sha2-256", "rsa-sha2-512"})
"""What an RSA key may sign with; `ssh-rsa` would mean SHA-1."""

HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
"""What SSHSIG may hash the message with."""

MAGIC = b"SSHSIG"
VERSION = 1
BEGIN = "-----BEGIN SSH SIGNATURE-----\n"
END = "-----END SSH SIGNATURE-----\n"
WIDTH = 70
"""Letters of a line of armour, as ssh-keygen writes them."""

LARGEST = 8192
"""Bytes of armour beyond which nothing is read: that of the longest RSA key has less."""


class Malformed(ValueError):
    """The bytes are no key or signature that counts here; the message continues "it is"."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: `kind` and the fields after it in the wire form `blob`."""

    kind: str
    blob: bytes
    fields: tuple[bytes, ...]

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and the digest, as `ssh-keygen -l` prints it."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + binascii.b2a_base64(digest, newline=False).decode().rstrip("=")

    @property
    def line(self) -> str:
        """The key as it stands in people.yaml, without a comment."""
        return f"{self.kind} {binascii.b2a_base64(self.blob, newline=False).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """An SSHSIG: the key that made it, for what, and the algorithm's bytes; `touch` are those of a security key."""

    key: PublicKey
    namespace: str
    hashed_with: str
    algorithm: str
    raw: bytes
    touch: bytes = b""

    def signed(self, message: bytes) -> bytes:
        """Return the bytes that the key signed for this message."""
        digest = HASHES[self.hashed_with](message).digest()
        parts = (self.namespace.encode(), b"", self.hashed_with.encode(), digest)
        return MAGIC + b"".join(string(part) for part in parts)


def string(data: bytes) -> bytes:
    """Return the wire form of a string."""
    return len(data).to_bytes(4, "big") + data


def read_public_key(text: str) -> PublicKey:
    """Return the key of a line such as `ssh-ed25519 AAAA… comment`; Malformed for anything else."""
    words = text.split()
    if "-cert-v" in (words[0] if words else ""):
        raise Malformed("a certificate; certificates and their authorities do not count, write the key itself")
    if not words or words[0] not in KINDS:
        raise Malformed("not a public key as in a .pub file: `ssh-ed25519 AAAA…`")
    if len(words) < 2:
        raise Malformed(f"only the words {words[0]!r}, without the key")
    key = key_of(_base64(words[1]))
    if key.kind != words[0]:
        raise Malformed(f"called {words[0]} and holds a key of kind {key.kind}")
    return key


def fingerprint(text: str) -> str:
    """Return the short name of a key for people; of what is none, that it is none."""
    try:
        return read_public_key(text).fingerprint
    except Malformed as error:
        return f"({error})"


def key_of(blob: bytes) -> PublicKey:
    """Return the key of a wire form; Malformed for other kinds, short RSA keys and bytes left over."""
    word, rest = _string(blob)
    kind = word.decode("ascii", "replace")
    if "-cert-v" in kind:
        raise Malformed("a certificate; certificates and their authorities do not count, write the key itself")
    if kind not in KINDS:
        raise Malformed(f"of a kind that cannot sign here: {kind[:40]!r}")
    key = PublicKey(kind, blob, tuple(_strings(rest)))
    lengths = {ED25519: 1, SK_ED25519: 2, RSA: 2, SK_ECDSA: 3}
    if len(key.fields) != lengths.get(kind, 2):
        raise Malformed(f"no whole {kind} key")
    if kind in (ED25519, SK_ED25519):
        if len(key.fields[0]) != 32:
            raise Malformed(f"no whole {kind} key")
    elif kind == RSA:
        exponent, modulus = (_positive(part) for part in key.fields)
        if modulus.bit_length() not in RSA_BITS:
            raise Malformed(f"an RSA key of {modulus.bit_length()} bits; at least {RSA_BITS.start} are needed")
        if exponent < 3 or exponent % 2 == 0:
            raise Malformed("an RSA key with an impossible exponent")
    else:
        curve, size = CURVES[kind]
        if key.fields[0] != curve or len(key.fields[1]) != 2 * size + 1 or key.fields[1][0] != 4:
            raise Malformed(f"no whole {kind} key")
    return key


def read_signature(armoured: bytes) -> Signature:
    """Return the signature of a .sig file, which has exactly one form; Malformed for anything else."""
    found = signature_of(blob := dearmoured(armoured))
    if armour(blob) != armoured:
        raise Malformed("not in its one form")
    return found


def dearmoured(armoured: bytes) -> bytes:
    """Return the bytes within armour, however its lines are broken."""
    text = armoured[: LARGEST + 1].decode("ascii", "replace").replace("\r\n", "\n")
    if len(armoured) > LARGEST or not text.startswith(BEGIN) or not text.endswith(END):
        raise Malformed("no SSH signature")
    return _base64("".join(text[len(BEGIN) : -len(END)].split("\n")))


def armour(blob: bytes) -> bytes:
    """Return the text of a .sig file."""
    text = binascii.b2a_base64(blob, newline=False).decode()
    lines = [text[place : place + WIDTH] for place in range(0, len(text), WIDTH)]
    return (BEGIN + "".join(f"{line}\n" for line in lines) + END).encode()


def signature_of(blob: bytes) -> Signature:
    """Return the signature of SSHSIG's bytes; Malformed for another version, hash, algorithm, or bytes left over."""
    if blob[:6] != MAGIC or blob[6:10] != VERSION.to_bytes(4, "big"):
        raise Malformed("no SSH signature of version 1")
    parts = tuple(_strings(blob[10:]))
    if len(parts) != 5:
        raise Malformed("no whole SSH signature")
    public, namespace, reserved, hashed_with, made = parts
    if reserved:
        raise Malformed("an SSH signature with a field that nobody knows yet")
    if hashed_with not in (b"sha256", b"sha512"):
        raise Malformed(f"made over a hash that does not count: {hashed_with[:20]!r}")
    key = key_of(public)
    algorithm, raw, touch = _made(made)
    expected = RSA_ALGORITHMS if key.kind == RSA else {key.kind}
    if algorithm not in expected:
        raise Malformed(f"made with {algorithm[:40]!r}, which does not count for a key of kind {key.kind}")
    if len(touch) != (5 if key.kind in HARDWARE else 0):
        raise Malformed("no whole SSH signature")
    return Signature(key, namespace.decode("utf-8", "replace"), hashed_with.decode(), algorithm, raw, touch)


def integers(raw: bytes) -> tuple[int, int]:
    """Return r and s of an ECDSA signature."""
    parts = tuple(_strings(raw))
    if len(parts) != 2:
        raise Malformed("no whole ECDSA signature")
    return _positive(parts[0]), _positive(parts[1])


def _made(data: bytes) -> tuple[str, bytes, bytes]:
    algorithm, rest = _string(data)
    raw, touch = _string(rest)
    return algorithm.decode("ascii", "replace"), raw, touch


def _strings(data: bytes) -> Iterator[bytes]:
    while data:
        found, data = _string(data)
        yield found


def _string(data: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(data[:4], "big")
    if len(data) < max(4, end):
        raise Malformed("cut short")
    return data[4:end], data[end:]


def _positive(data: bytes) -> int:
    """Return a number in its shortest form, above zero."""
    if not data or data[0] & 0x80 or (data[0] == 0 and not (len(data) > 1 and data[1] & 0x80)):
        raise Malformed("a number that is not in its one form")
    return int.from_bytes(data, "big")


def _base64(text: str) -> bytes:
    try:
        blob = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (ValueError, UnicodeEncodeError) as error:
        raise Malformed("not base64") from error
    if binascii.b2a_base64(blob, newline=False).decode() != text:
        raise Malformed("not base64 in its one form")
    return blob
