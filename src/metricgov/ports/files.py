"""Reading and writing the files of definitions: bytes in, mappings out, comments kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from metricgov.domain.digest import JSON
from metricgov.domain.errors import Place


class DefinitionFiles(Protocol):
    """The one strict loader for every door (INV-40), and edits that keep what people wrote."""

    def load(self, data: bytes, path: str) -> dict[str, JSON]:
        """Return the mapping that a file holds; InvalidFiles with every problem at once."""

    def locate(self, data: bytes) -> Mapping[str, Place]:
        """Return where each field stands, by dotted field path."""

    def key_lines(self, data: bytes) -> Mapping[str, int]:
        """Return, quickly, the lines of some fields by dotted path: right where it says anything, silent elsewhere."""

    def set_fields(self, data: bytes, changes: Mapping[str, JSON]) -> bytes:
        """Return the file with fields set, by dotted field path; comments and layout stay."""

    def fmt(self, data: bytes, path: str) -> bytes:
        """Return the canonical form of a file."""

    def parse_opaque(self, data: bytes, path: str) -> JSON:
        """Return the tree of another tool's file; InvalidFiles if it does not parse."""
