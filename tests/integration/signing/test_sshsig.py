"""Signatures here and signatures of ssh-keygen are the same thing, and nothing else is one (INV-60)."""

from __future__ import annotations

import contextlib
import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
import sshsig
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from metricgov.adapters.signing.keygen import signer_for
from metricgov.adapters.signing.verify import SshVerifier
from metricgov.domain import ssh
from metricgov.domain.errors import BadInput
from signing_keys import KINDS, NAMESPACE, make_key

STATEMENT = b'{"decision":"approve","type":"metricgov.decision/v1"}'


def by_hand(key: Path, statement: bytes, *options: str, namespace: str = NAMESPACE) -> bytes:
    """Sign with ssh-keygen alone."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, *options, "-f", key]
    return subprocess.run(command, input=statement, capture_output=True, check=True).stdout


def holds_by_hand(folder: Path, public: str, statement: bytes, signature: bytes) -> bool:
    """Ask ssh-keygen whether a signature holds, with one literal principal (INV-61)."""
    allowed, file = folder / "allowed", folder / "statement.sig"
    allowed.write_text(f'ada namespaces="{NAMESPACE}" {public}\n')
    file.write_bytes(signature)
    command = ["ssh-keygen", "-Y", "verify", "-n", NAMESPACE, "-f", allowed, "-I", "ada", "-s", file]
    return subprocess.run(command, input=statement, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways(keys: dict[str, Path], kind: str, tmp_path: Path) -> None:
    """INV-60: what we sign, ssh-keygen verifies; what it signs, we verify."""
    signer = signer_for(str(keys[kind]), os.environ)
    ours = signer.sign(STATEMENT, namespace=NAMESPACE)
    assert holds_by_hand(tmp_path, signer.public, STATEMENT, ours)
    theirs = by_hand(keys[kind], STATEMENT)
    assert SshVerifier().signed_by(STATEMENT, theirs, namespace=NAMESPACE) == signer.public
    assert signer.public == " ".join(keys[kind].with_suffix(".pub").read_text().split()[:2])


@pytest.mark.parametrize("hashed", ["sha256", "sha512"])
def test_both_hashes_of_sshsig(keys: dict[str, Path], hashed: str) -> None:
    signature = by_hand(keys["ed25519"], STATEMENT, "-O", f"hashalg={hashed}")
    assert SshVerifier().signed_by(STATEMENT, signature, namespace=NAMESPACE)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_another_library_says_the_same(keys: dict[str, Path], kind: str) -> None:
    """`sshsig` knows these two kinds of keys; it is a second opinion on them."""
    signature = by_hand(keys[kind], STATEMENT)
    found = sshsig.check_signature(STATEMENT, signature, NAMESPACE)
    assert SshVerifier().signed_by(STATEMENT, signature, namespace=NAMESPACE) == found.openssh_str()


@pytest.mark.parametrize("touch", [b"\x01", b"\x05", b"\x00"], ids=["touched", "touched, with a PIN", "not touched"])
def test_a_security_key(touch: bytes, tmp_path: Path) -> None:
    """A security key signs more than the message: its application, that it was touched, and a counter.

    No such key is here, so the test does what one does; ssh-keygen says whether that is right.
    """
    private = Ed25519PrivateKey.generate()
    point = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kind, application = ssh.SK_ED25519.encode(), b"ssh:metricgov"
    key = ssh.key_of(ssh.string(kind) + ssh.string(point) + ssh.string(application))
    tail = touch + (7).to_bytes(4, "big")
    inner = ssh.Signature(key, NAMESPACE, "sha512", key.kind, b"").signed(STATEMENT)
    raw = private.sign(sha256(application).digest() + tail + sha256(inner).digest())
    made = ssh.string(kind) + ssh.string(raw) + tail
    outer = ssh.MAGIC + (1).to_bytes(4, "big")
    outer += b"".join(map(ssh.string, (key.blob, NAMESPACE.encode(), b"", b"sha512", made)))
    signature = ssh.armour(outer)
    assert holds_by_hand(tmp_path, key.line, STATEMENT, signature)
    assert SshVerifier().signed_by(STATEMENT, signature, namespace=NAMESPACE) == key.line
    with pytest.raises(BadInput):
        SshVerifier().signed_by(STATEMENT + b" ", signature, namespace=NAMESPACE)


@pytest.mark.parametrize("namespace", ["git", "file", "metricgov.decision/v2", "METRICGOV.decision/v1"])
def test_a_signature_for_something_else(keys: dict[str, Path], namespace: str) -> None:
    """INV-60: a signed commit or file is no decision."""
    signature = by_hand(keys["ed25519"], STATEMENT, namespace=namespace)
    with pytest.raises(BadInput, match="was made for") as refused:
        SshVerifier().signed_by(STATEMENT, signature, namespace=NAMESPACE)
    assert refused.value.code == "signature_namespace"


def test_a_certificate_does_not_sign(keys: dict[str, Path], tmp_path: Path) -> None:
    """INV-61: no certificate and no authority; with one, whoever holds the authority could be anybody."""
    authority, holder = make_key(tmp_path / "ca", "-t", "ed25519"), make_key(tmp_path / "holder", "-t", "ed25519")
    subprocess.run(["ssh-keygen", "-q", "-s", authority, "-I", "ada", "-n", "ada", f"{holder}.pub"], check=True)
    certificate = tmp_path / "holder-cert.pub"
    with pytest.raises(BadInput, match="a certificate"):
        signer_for(str(certificate), os.environ)
    signature = reassembled(by_hand(holder, STATEMENT), key=ssh._base64(certificate.read_text().split()[1]))
    with pytest.raises(BadInput, match="a certificate"):
        SshVerifier().signed_by(STATEMENT, signature, namespace=NAMESPACE)


def reassembled(signature: bytes, **parts: bytes) -> bytes:
    """Return a signature with other fields."""
    blob = ssh.dearmoured(signature)
    names = ("key", "namespace", "reserved", "hash", "made")
    found = dict(zip(names, ssh._strings(blob[10:]), strict=True)) | parts
    head, tail = found.pop("head", blob[:10]), found.pop("tail", b"")
    return ssh.armour(head + b"".join(ssh.string(found[name]) for name in names) + tail)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        pytest.param({}, "", id="as it was"),
        pytest.param({"reserved": b"x"}, "nobody knows yet", id="reserved field"),
        pytest.param({"hash": b"sha1"}, "hash that does not count", id="SHA-1"),
        pytest.param({"hash": b"SHA512"}, "hash that does not count", id="hash in other letters"),
        pytest.param({"tail": b"\0"}, "cut short", id="a byte left over"),
        pytest.param({"tail": ssh.string(b"")}, "no whole", id="a string left over"),
        pytest.param({"head": b"SSHSIG\0\0\0\2"}, "version 1", id="version 2"),
        pytest.param({"made": ssh.string(b"ssh-rsa") + ssh.string(b"x" * 256)}, "does not count", id="RSA with SHA-1"),
        pytest.param({"made": ssh.string(b"none") + ssh.string(b"")}, "does not count", id="no algorithm"),
    ],
)
def test_every_field_is_what_it_must_be(keys: dict[str, Path], parts: dict[str, bytes], says: str) -> None:
    """INV-60"""
    signature = reassembled(by_hand(keys["rsa"], STATEMENT), **parts)
    if not says:
        assert SshVerifier().signed_by(STATEMENT, signature, namespace=NAMESPACE)
        return
    with pytest.raises(BadInput, match=says):
        SshVerifier().signed_by(STATEMENT, signature, namespace=NAMESPACE)


def test_a_short_rsa_key(tmp_path: Path) -> None:
    short = make_key(tmp_path / "short", "-t", "rsa", "-b", "1024")
    with pytest.raises(BadInput, match="1024 bits"):
        signer_for(str(short), os.environ)
    with pytest.raises(BadInput, match="1024 bits"):
        SshVerifier().signed_by(STATEMENT, by_hand(short, STATEMENT), namespace=NAMESPACE)


@pytest.mark.parametrize(
    "garbled",
    [
        pytest.param(lambda text: text.replace(b"\n", b"\r\n"), id="other line ends"),
        pytest.param(lambda text: text + b"\n", id="a line more"),
        pytest.param(lambda text: b"\n" + text, id="a line before"),
        pytest.param(lambda text: text + text, id="twice"),
        pytest.param(lambda text: text.replace(b"\nAAAA", b"\nAA\nAA"), id="lines broken elsewhere"),
        pytest.param(lambda text: text[:-10], id="cut short"),
        pytest.param(lambda _text: b"", id="empty"),
        pytest.param(lambda _text: b"\xff" * 100, id="no text"),
        pytest.param(lambda text: text * 100, id="long"),
    ],
)
def test_a_signature_has_one_form(keys: dict[str, Path], garbled: object) -> None:
    assert callable(garbled)
    text = by_hand(keys["ed25519"], STATEMENT)
    changed = garbled(text)
    if changed == text:
        changed = text.replace(b"\n", b"\n\n", 2)
    with pytest.raises(BadInput):
        SshVerifier().signed_by(STATEMENT, changed, namespace=NAMESPACE)


@pytest.fixture(scope="module")
def signatures(keys: dict[str, Path]) -> dict[str, bytes]:
    """Return a signature of every kind of key."""
    return {kind: by_hand(key, STATEMENT) for kind, key in keys.items()}


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_no_byte_can_be_changed(signatures: dict[str, bytes], data: st.DataObject) -> None:
    """INV-60: whatever byte of signature or statement is another, it is not verified, and nothing breaks."""
    signature = signatures[data.draw(st.sampled_from(sorted(KINDS)))]
    inside = data.draw(st.sampled_from(["statement", "text", "blob"]))
    target = {"statement": STATEMENT, "text": signature, "blob": ssh.dearmoured(signature)}[inside]
    place = data.draw(st.integers(0, len(target) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = target[:place] + bytes([target[place] ^ flip]) + target[place + 1 :]
    statement = changed if inside == "statement" else STATEMENT
    if inside == "text":
        signature = changed
    elif inside == "blob":
        signature = ssh.armour(changed)
    with pytest.raises(BadInput):
        SshVerifier().signed_by(statement, signature, namespace=NAMESPACE)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for reads in (ssh.key_of, ssh.signature_of, ssh.read_signature, ssh.dearmoured):
        with contextlib.suppress(ssh.Malformed):
            reads(ssh.MAGIC + (1).to_bytes(4, "big") + data if reads is ssh.signature_of else data)
