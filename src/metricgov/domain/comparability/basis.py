"""What the figures of an effect depend on, and what of it can be looked at again without data, an engine or SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.digest import JSON, canonical_json, sha256_hex

if TYPE_CHECKING:
    from metricgov.domain.definitions.governance import Metricgov

METHODS = 3
"""Version of the estimators; raised when the same data may give another figure."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything besides the contents of the change that an evaluation looked at and that git holds.

    `engine` is its name in metricgov.yaml, `settings` the digest of what is set about it and about effects, `methods`
    the version of the estimators, `read` the definitions that were read as they are on main: path and SHA-256, sorted.
    """

    engine: str
    settings: str
    methods: int
    read: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, JSON]:
        """Return the form that goes into evidence and digests."""
        return {"engine": self.engine, "settings": self.settings, "methods": self.methods, "read": dict(self.read)}


def settings_digest(config: Metricgov, engine: str) -> str:
    """Return the digest of what metricgov.yaml says about an engine and about effects; an engine that is gone is null.

    Limits of rows and seconds move no figure and stay out.
    """
    found = config.engines.get(engine)
    facts: dict[str, JSON] = {
        "dialect": config.dialect,
        "effect": config.effect.model_dump(mode="json"),
        "engine": None if found is None else found.model_dump(mode="json", exclude={"rows", "seconds"}),
    }
    return sha256_hex(canonical_json(facts))
