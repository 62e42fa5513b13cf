"""The port Signer on `ssh-keygen -Y sign`: key files, agents and security keys, as git itself signs with SSH."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

from metricgov.adapters.signing.verify import SshVerifier
from metricgov.domain.errors import BadInput, Refused, Undecidable
from metricgov.domain.ssh import KINDS, Malformed, PublicKey, armour, dearmoured, key_of, read_public_key

PROGRAM = "ssh-keygen"
PATIENCE = 120
"""Seconds for a passphrase, a PIN or a touch."""

PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----"
LITERAL = "key::"
"""How git marks a key that stands in its configuration itself."""


@dataclass(frozen=True, slots=True)
class KeygenSigner:
    """Signs with one key. `file` is the private key, or the public one of a key that an agent holds ("": a literal)."""

    key: PublicKey
    file: str
    environ: Mapping[str, str]
    patience: float = PATIENCE

    @property
    def public(self) -> str:
        """The public key, as a line of people.yaml."""
        return self.key.line

    def sign(self, statement: bytes, *, namespace: str) -> bytes:
        """Return the armoured SSHSIG over these bytes, checked."""
        if self.file:
            said = self._signed(self.file, statement, namespace)
        else:
            with tempfile.TemporaryDirectory(prefix="metricgov-") as folder:
                literal = Path(folder) / "key.pub"
                literal.write_text(self.public + "\n")
                said = self._signed(str(literal), statement, namespace)
        try:
            signature = armour(dearmoured(said))
            if SshVerifier().signed_by(statement, signature, namespace=namespace) == self.public:
                return signature
            reason = "it signed with another key"
        except (Malformed, BadInput) as error:
            reason = str(error)
        raise Undecidable("signing_failed", f"{PROGRAM} made no signature that holds: {reason}", hint=_TRY)

    def _signed(self, file: str, statement: bytes, namespace: str) -> bytes:
        command = [PROGRAM, "-Y", "sign", "-n", namespace, "-f", file]
        try:
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(self.environ)
            ) as process:
                heard: list[str] = []
                assert process.stderr is not None
                listener = Thread(target=_listen, args=(process.stderr, heard), daemon=True)
                listener.start()
                try:
                    out = _exchange(process, statement, self.patience)
                except subprocess.TimeoutExpired:
                    process.kill()
                    says = f"{PROGRAM} did not sign within {self.patience:g} seconds"
                    hint = "run it again, and give the passphrase or touch the key sooner"
                    raise Refused("signing_timeout", says, hint=hint) from None
                listener.join(1)
                code = process.returncode
        except FileNotFoundError:
            says = f"{PROGRAM} is not installed, and signing needs it"
            raise Undecidable("no_ssh_keygen", says, hint="install OpenSSH 8.2 or newer") from None
        if code:
            raise _failure(" ".join(line for line in heard if line), self.key)
        return out


def _exchange(process: subprocess.Popen[bytes], statement: bytes, patience: float) -> bytes:
    """Give the statement to the program and return what it writes; its other stream is read elsewhere."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(statement)
        process.stdin.close()
    except BrokenPipeError:
        pass
    process.wait(timeout=patience)  # a signature is far smaller than a pipe holds
    return process.stdout.read()


def _listen(stream: IO[bytes], heard: list[str]) -> None:
    """Keep what the program says, and pass on what asks the person for something."""
    for raw in stream:
        line = raw.decode("utf-8", "replace").strip()
        heard.append(line)
        if "presence" in line.lower() or "pin" in line.lower().split():
            sys.stderr.write(line + "\n")
            sys.stderr.flush()


def _failure(said: str, key: PublicKey) -> Refused | Undecidable:
    """Return the error for what ssh-keygen said; its wordings are those of OpenSSH 8.2 to 10."""
    lower = said.lower()
    if "incorrect passphrase" in lower or "bad passphrase" in lower:
        return Refused("signing_passphrase", "the passphrase of the signing key is not right", hint="run it again")
    if "agent refused" in lower or "signing failed: agent" in lower or "communication with agent" in lower:
        hint = "unlock the agent, or confirm there; ssh-add -l lists what it holds"
        return Refused("signing_agent", "the agent refused to sign", hint=hint)
    if "no private key found" in lower or "couldn't load" in lower or "load key" in lower or "no such file" in lower:
        hint = "add it to an agent (ssh-add FILE), or name the private key with --key FILE"
        says = f"the private half of {key.fingerprint} is neither in a file nor in an agent here"
        return Refused("signing_key_missing", says, hint=hint)
    if "device not found" in lower or "invalid format" in lower or "device" in lower:
        hint = "plug the security key in and run it again"
        return Refused("signing_device", f"the security key did not sign: {said[:200]}", hint=hint)
    return Undecidable("signing_failed", f"{PROGRAM} did not sign: {said[:200] or 'it gave no reason'}", hint=_TRY)


def signer_for(named: str, environ: Mapping[str, str], *, patience: float = PATIENCE) -> KeygenSigner:
    """Return the signer of a key that is named as git names it: a file, a public key, or `key::` and a public key.

    BadInput where nothing of that name is a key.
    """
    text = named.removeprefix(LITERAL).strip()
    if named.startswith(LITERAL) or text.partition(" ")[0] in KINDS:
        return KeygenSigner(_public(text, "the signing key"), "", environ, patience)
    file = Path(named).expanduser()
    beside = file.with_name(file.name + ".pub")
    for one in (file, beside):
        if one.is_file():
            text = one.read_bytes()[:65_536].decode("utf-8", "replace")
            if text.startswith("-----BEGIN") and not text.startswith(PRIVATE):
                continue  # an older form does not hold its public half in the open
            key = _of_private(text, str(one)) if text.startswith(PRIVATE) else _public(text, str(one))
            return KeygenSigner(key, str(one if one == file or not file.is_file() else file), environ, patience)
    if file.is_file():
        hint = f"write its public half beside it: ssh-keygen -y -f {file} > {beside}"
        raise BadInput(
            "signing_key_unreadable", f"{beside} is missing, and {file} does not say whose key it is", hint=hint
        )
    raise BadInput("signing_key_unknown", f"there is no signing key {named}", hint=_NAME)


def _public(text: str, where: str) -> PublicKey:
    try:
        return read_public_key(text)
    except Malformed as error:
        raise BadInput("signing_key_unusable", f"{where} is {error}", hint=_NAME) from None


def _of_private(text: str, where: str) -> PublicKey:
    """Return the public half, which a private key of OpenSSH holds in the open, whatever protects the other."""
    import binascii

    body = "".join(text.split("-----")[2].split())
    try:
        rest = binascii.a2b_base64(body)
        if not rest.startswith(b"openssh-key-v1\0"):
            raise Malformed("no private key of OpenSSH")
        rest = rest[15:]
        for _ in range(3):  # cipher, key derivation, its options
            rest = rest[4 + int.from_bytes(rest[:4], "big") :]
        length = int.from_bytes(rest[4:8], "big")
        return key_of(rest[8 : 8 + length])
    except (Malformed, binascii.Error) as error:
        raise BadInput("signing_key_unusable", f"{where} is {error}", hint=_NAME) from None


_TRY = "try it by hand: echo x | ssh-keygen -Y sign -n test -f KEY"
_NAME = "name a key: --key FILE, METRICGOV_SIGNING_KEY, or git config gpg.format ssh and user.signingkey FILE"
