"""Signing statements of decisions, and checking who signed them; what a statement says is the core's."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """One person's key, wherever its private half lives: a file, an agent, a security key."""

    @property
    def public(self) -> str:
        """The public key, as a line of people.yaml."""

    def sign(self, statement: bytes, *, namespace: str) -> bytes:
        """Return the armoured SSHSIG over these bytes; Refused or Undecidable, with the next step, where it fails.

        May ask the person for a passphrase or a touch on the terminal.
        """


class Verifier(Protocol):
    """Checks signatures without any program, network or clock."""

    def signed_by(self, statement: bytes, signature: bytes, *, namespace: str) -> str:
        """Return the public key (as a line of people.yaml) that made an armoured SSHSIG over exactly these bytes.

        BadInput, with what is wrong, where it is no such signature. Whose key that is, the caller knows.
        """
