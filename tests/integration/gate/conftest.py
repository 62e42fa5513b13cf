"""The small registry for these tests, and a second opinion on each of its verdicts."""

from __future__ import annotations

from attacks.agreement import second_opinion
from integration.gate.gate_fixtures import _approved, _fresh, approved, faster, world

__all__ = ["_approved", "_fresh", "approved", "faster", "second_opinion", "world"]
