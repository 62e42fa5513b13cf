"""Proof that somebody holds a key: what is signed when it is added; whether it counts, people.yaml says alone."""

from __future__ import annotations

from metricgov.domain.digest import JSON

KEY_PURPOSE = "metricgov.key/v1"
"""The `type` of the statement, and the namespace of its signature: such a signature decides nothing."""


def challenge(registry: str, principal: str, key: str) -> dict[str, JSON]:
    """Return what the key signs: whose it is to be, and in which registry."""
    return {"type": KEY_PURPOSE, "registry": registry, "principal": principal, "key": key}
