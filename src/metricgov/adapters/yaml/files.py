"""The port DefinitionFiles over this package; each part is imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.domain.digest import JSON
from metricgov.domain.errors import Place


class YamlFiles:
    """Implements the port DefinitionFiles."""

    def load(self, data: bytes, path: str) -> dict[str, JSON]:
        """Return the mapping that a file holds; InvalidFiles with every problem at once."""
        from metricgov.adapters.yaml.load import load

        return load(data, path)

    def locate(self, data: bytes) -> Mapping[str, Place]:
        """Return where each field stands, by dotted field path."""
        from metricgov.adapters.yaml.load import locate

        return locate(data)

    def key_lines(self, data: bytes) -> Mapping[str, int]:
        """Return, quickly, the lines of some fields by dotted path: right where it says anything, silent elsewhere."""
        from metricgov.adapters.yaml.lines import key_lines

        return key_lines(data)

    def set_fields(self, data: bytes, changes: Mapping[str, JSON]) -> bytes:
        """Return the file with fields set, by dotted field path; comments and layout stay."""
        from metricgov.adapters.yaml.fmt import set_fields

        return set_fields(data, changes)

    def fmt(self, data: bytes, path: str) -> bytes:
        """Return the canonical form of a file."""
        from metricgov.adapters.yaml.fmt import fmt

        return fmt(data, path)

    def parse_opaque(self, data: bytes, path: str) -> JSON:
        """Return the tree of another tool's file; one that does not parse is named so in the tree."""
        from metricgov.adapters.formats.opaque import parse_opaque

        return parse_opaque(data, path)
