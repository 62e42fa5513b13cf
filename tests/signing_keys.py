"""Keys for tests that sign: real ones, of every kind, made by ssh-keygen."""

from __future__ import annotations

import subprocess
from pathlib import Path

NAMESPACE = "metricgov.decision/v1"

KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}


def make_key(file: Path, *options: str, passphrase: str = "") -> Path:
    """Make a key pair and return the private file."""
    subprocess.run(["ssh-keygen", "-q", *options, "-N", passphrase, "-C", "c", "-f", file], check=True)
    return file
