"""What several changes of one definition contribute in every order in which they could have been made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from metricgov.domain.comparability.vintages import Amount, Cell, fraction
from metricgov.domain.comparability.why import MOST_ORDERED, over_all_orders
from metricgov.domain.errors import MetricgovError

if TYPE_CHECKING:
    from metricgov.app.valuing import Defined, Valuer
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.span import Window

WORDS = frozenset({"version", "effective_from", "title", "description", "status", "replaces", "replaced_by"})
"""Fields that no number depends on, and that every change moves."""

Path = tuple[str, ...]
Ranges = Mapping[str, tuple[Fraction, Fraction]]


def varied(passed: Sequence[Defined], cell: Cell, valuer: Valuer, window: Window) -> tuple[Ranges, str]:
    """Return the least and most that each change (by id) moves a cell, over all orders; and why not, "" if so.

    `passed` are the versions from the first to the last. Changes that touch the same field have one order alone.
    """
    if len(passed) < 3:
        return {}, ""
    if len(passed) - 1 > MOST_ORDERED:
        return {}, f"The order of more than {MOST_ORDERED} changes was not varied."
    if any(one.row.cause for one in passed[1:]):
        return {}, "Changes of inputs were taken in the order of the record; no other order was tried."
    metrics = [one.version.catalogue.metrics.get(valuer.metric) for one in passed]
    known = [one for one in metrics if one is not None]
    patches = _patches(known)
    if len(known) != len(passed):
        return {}, ""
    if shared := _shared(patches):
        return {}, f"The changes touch the same field ({shared}), so they have one order alone: that of the record."
    names = [one.change for one in passed[1:]]
    by_name = dict(zip(names, patches, strict=True))

    def value(made: frozenset[str]) -> Fraction:
        patched = _patched(known[0], [by_name[name] for name in names if name in made])
        return _number(passed[0], patched, cell, valuer, window)

    try:
        return over_all_orders(names, value), ""
    except (MetricgovError, ValueError):
        return {}, "The definitions between the versions cannot all be computed, so no other order was tried."


def _patches(metrics: Sequence[Metric]) -> list[dict[Path, Any]]:
    """Return what each step sets, by path of a leaf; a leaf that is gone is None."""
    leaves = [_leaves(one.model_dump(mode="json", by_alias=True, exclude_none=True)) for one in metrics]
    found = []
    for before, after in pairwise(leaves):
        moved = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        found.append({path: after.get(path) for path in moved if path[0] not in WORDS})
    return found


def _shared(patches: Sequence[Mapping[Path, Any]]) -> str:
    """Return a field that two steps touch, "" if there is none."""
    for place, one in enumerate(patches):
        for other in patches[place + 1 :]:
            for mine in one:
                for theirs in other:
                    size = min(len(mine), len(theirs))
                    if mine[:size] == theirs[:size]:
                        return ".".join(mine)
    return ""


def _leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    if not isinstance(value, dict):
        return {path: value}
    return {where: leaf for key, inner in value.items() for where, leaf in _leaves(inner, (*path, key)).items()}


def _patched(metric: Metric, patches: Sequence[Mapping[Path, Any]]) -> Metric:
    data: dict[str, Any] = metric.model_dump(mode="json", by_alias=True, exclude_none=True)
    for patch in patches:
        for path, leaf in patch.items():
            folder = data
            for key in path[:-1]:
                folder = folder.setdefault(key, {})
            if leaf is None:
                folder.pop(path[-1], None)
            else:
                folder[path[-1]] = leaf
    return type(metric).model_validate(data)


def _number(first: Defined, metric: Metric, cell: Cell, valuer: Valuer, window: Window) -> Fraction:
    from metricgov.domain.query.catalogue import Catalogue

    catalogue = first.version.catalogue
    whole = Catalogue({**catalogue.metrics, metric.name: metric}, catalogue.sources)
    text = valuer.of(whole, window, cell.dimension).get(cell, Amount(None)).value
    if text is None:
        raise ValueError("there is no value")
    return fraction(text)
