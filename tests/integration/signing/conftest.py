"""Keys for these tests, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing_keys import KINDS, make_key


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a private key of every kind."""
    folder = tmp_path_factory.mktemp("keys")
    return {kind: make_key(folder / kind, *options) for kind, options in KINDS.items()}
