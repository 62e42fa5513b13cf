"""What outlives a window: screen, filters, watched things, rows seen last; and settings that people write themselves.

State lies in `$XDG_STATE_HOME/metricgov/<registry id>/`, settings in `$XDG_CONFIG_HOME/metricgov/tui.yaml`. State that
cannot be read is taken for absent: it may never keep a screen from opening.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from metricgov.domain.errors import BadInput, Place
from metricgov_tui.keys import remap

SETTINGS: Final = "tui.yaml"
KNOWN: Final = ("theme", "keys", "reduced_motion", "ascii")


def state_home(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder for state of all registries."""
    environ = os.environ if environ is None else environ
    home = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".local" / "state")
    return Path(home) / "metricgov"


def settings_path(environ: Mapping[str, str] | None = None) -> Path:
    """Return the file that a person may write."""
    environ = os.environ if environ is None else environ
    home = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".config")
    return Path(home) / "metricgov" / SETTINGS


@dataclass(frozen=True, slots=True)
class Settings:
    """What `tui.yaml` says: theme ("" for by itself), other keys by action, no movement, ASCII signs only."""

    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    reduced_motion: bool = False
    ascii: bool = False


def read_settings(path: Path) -> Settings:
    """Return the settings; BadInput, naming the file, where it cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, str(error)) from None
    import yaml

    try:
        said = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise _unusable(path, "it is no YAML", line) from None
    if not isinstance(said, dict):
        raise _unusable(path, "it is no mapping of settings")
    if unknown := sorted(str(one) for one in said if one not in KNOWN):
        says = f"there is no setting {unknown[0]!r}; there are {', '.join(KNOWN)}"
        raise _unusable(path, says, _line_of(text, unknown[0]))
    keys = said.get("keys") or {}
    if not isinstance(keys, dict) or not all(isinstance(one, str) for pair in keys.items() for one in pair):
        raise _unusable(path, "keys are written as: {approve: A}")
    from metricgov_tui.themes import THEMES

    try:
        remap(keys)
    except ValueError as error:
        raise _unusable(path, f"keys: {error}", _line_of(text, "keys")) from None
    theme = said.get("theme", "")
    if theme and theme not in THEMES:
        raise _unusable(path, f"there is no theme {theme!r}; there are {', '.join(THEMES)}", _line_of(text, "theme"))
    return Settings(theme, keys, bool(said.get("reduced_motion")), bool(said.get("ascii")))


def _line_of(text: str, name: str) -> int:
    """Return the line that a setting stands in, 0 where that cannot be told."""
    lines = text.splitlines()
    return next((place for place, line in enumerate(lines, start=1) if line.lstrip("{ ").startswith(f"{name}:")), 0)


def _unusable(path: Path, why: str, line: int = 0) -> BadInput:
    return BadInput(
        "tui_settings",
        why,
        hint="mend or remove the file; without it everything is as usual",
        place=Place(str(path), line),
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


class Remembered:
    """State of one registry: a mapping of JSON values, read once and written when it changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "screens.json"
        self._held: dict[str, Any] = {}
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
            self._held = held if isinstance(held, dict) else {}
        except (OSError, ValueError):
            pass
        self._written = dict(self._held)

    def get(self, name: str, default: Any = None) -> Any:
        """Return what is held under a name, the default where that is of another type."""
        held = self._held.get(name, default)
        return held if default is None or isinstance(held, type(default)) else default

    def set(self, name: str, value: Any) -> None:
        """Hold a JSON value."""
        self._held[name] = value

    def write(self) -> None:
        """Write what changed; a full disk or a read-only home loses the state and nothing else."""
        if self._held == self._written:
            return
        try:
            write_whole(self._path, json.dumps(self._held, ensure_ascii=False).encode())
        except OSError:
            return
        self._written = dict(self._held)
