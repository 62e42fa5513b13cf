"""What lint said of exactly these files, so that asking again is cheap; a damaged answer only costs time."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from hashlib import sha256
from pathlib import Path

from metricgov.adapters.git.snapshot import Snapshot
from metricgov.domain.definitions.problems import Severity
from metricgov.domain.errors import Place, Problem
from metricgov.domain.linted import Complaint, Linted

FORMAT = 1
KEPT = 8
"""Answers that are kept; the oldest goes."""

_PREFIX, _SUFFIX = "linted-", ".json"
_FOLDERS = ("adapters", "adapters/git", "app", "domain", "domain/workflow")
"""Our code, besides that of the parse cache, that decides what lint says."""


class Remembered:
    """Answers by the digest of every path with its blob id, and of the program itself."""

    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        self._key = _key(snapshot)
        self._path = folder / f"{_PREFIX}{self._key[:16]}{_SUFFIX}"

    def recall(self) -> Linted | None:
        """Return the answer without its registry; None where there is none that can be trusted."""
        from metricgov.domain.registry import Registry

        try:
            if self._path.is_symlink():
                return None
            head, _, body = self._path.read_bytes().partition(b"\n")
            if head.decode() != f"{self._key} {sha256(body).hexdigest()}":
                return None
            found = json.loads(body)
            complaints = tuple(
                Complaint(Problem(code, message, Place(path, line, column), hint), Severity(severity))
                for code, message, path, line, column, hint, severity in found["complaints"]
            )
            return Linted(Registry(()), complaints, found["files"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def keep(self, linted: Linted) -> None:
        """Keep an answer; a folder that cannot be written is no error."""
        rows = [
            (p.code, p.message, p.place.path, p.place.line, p.place.column, p.hint, one.severity.value)
            for one in linted.complaints
            for p in [one.problem]
        ]
        with contextlib.suppress(OSError, UnicodeEncodeError):
            body = json.dumps({"format": FORMAT, "files": linted.files, "complaints": rows}).encode()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            known = sorted(self._path.parent.glob(f"{_PREFIX}*{_SUFFIX}"), key=lambda file: file.stat().st_mtime)
            for old in known[: max(0, len(known) + 1 - KEPT)]:
                old.unlink(missing_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=_PREFIX)
            with os.fdopen(handle, "wb") as file:
                file.write(f"{self._key} {sha256(body).hexdigest()}\n".encode() + body)
            Path(name).replace(self._path)


def _key(snapshot: Snapshot) -> str:
    from metricgov.adapters.yaml.cache import code_digest

    digest = sha256(code_digest("").encode())
    package = Path(__file__).resolve().parents[1]
    for folder in _FOLDERS:
        for source in sorted((package / folder).glob("*.py")):
            digest.update(source.name.encode())
            digest.update(source.read_bytes())
    state = (sorted(snapshot.oids.items()), sorted(snapshot.others), snapshot.problems)
    digest.update(repr(state).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
