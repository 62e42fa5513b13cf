"""The small registry for these tests."""

from __future__ import annotations

from integration.gate.gate_fixtures import _approved, _fresh, approved, faster, world

__all__ = ["_approved", "_fresh", "approved", "faster", "world"]
