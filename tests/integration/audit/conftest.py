"""The small registry of the gate's tests, walked from its root."""

from __future__ import annotations

from attacks.agreement import second_opinion
from integration.gate.gate_fixtures import _approved, _fresh, approved, faster, world

__all__ = ["_approved", "_fresh", "approved", "faster", "second_opinion", "world"]
