"""Every object in a file of its own, for tests that damage one of them."""

from __future__ import annotations

import subprocess
from pathlib import Path


def loosen(objects: Path) -> None:
    """Take the packs of a folder of objects apart."""
    for pack in (objects / "pack").glob("*.pack"):
        data = pack.read_bytes()
        for one in (objects / "pack").glob(f"{pack.stem}.*"):
            one.unlink()
        subprocess.run(["git", "--git-dir", str(objects.parent), "unpack-objects", "-q"], input=data, check=True)
