"""The table of the gate's formats; each lives in a gate_*.py beside this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from metricgov.domain.verdict import GateReport
from metricgov.render.gate_text import gate_text


def _json(report: GateReport) -> str:
    from metricgov.render.gate_json import gate_json

    return gate_json(report)


def _markdown(report: GateReport) -> str:
    from metricgov.render.gate_markdown import gate_markdown

    return gate_markdown(report)


def _github(report: GateReport) -> str:
    from metricgov.render.gate_github import gate_github

    return gate_github(report)


def _sarif(report: GateReport) -> str:
    from metricgov.render.gate_sarif import gate_sarif

    return gate_sarif(report)


def _junit(report: GateReport) -> str:
    from metricgov.render.gate_junit import gate_junit

    return gate_junit(report)


FORMATS: Mapping[str, Callable[[GateReport], str]] = MappingProxyType(
    {
        "text": gate_text,
        "json": _json,
        "markdown": _markdown,
        "github": _github,
        "sarif": _sarif,
        "junit": _junit,
    }
)
"""Every format of `gate --format`, by name; each loads its module when it is called."""
