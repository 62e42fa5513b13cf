"""Rows that several parts of a query read are computed once: repeated subqueries become a common table expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.domain.query.rows import UNITS

if TYPE_CHECKING:
    from sqlglot import exp

SHARED = "metricgov_shared_"
"""Beginning of the names of such rows."""


def rows_once(tree: exp.Select) -> exp.Select:
    """Return the query with every repeated choice of one row a unit in a WITH of its own; it gives the same answer.

    Which row of a unit counts is the dearest thing that a query asks (a window over all rows), and a quotient that is
    compared with an earlier one asks it up to four times.
    """
    from sqlglot import exp

    places: dict[str, list[exp.Subquery]] = {}
    for one in tree.find_all(exp.Subquery):
        if one.alias == UNITS:
            places.setdefault(one.this.sql(), []).append(one)
    for number, repeated in enumerate([found for found in places.values() if len(found) > 1], start=1):
        body = repeated[0].this.copy()
        for one in repeated:
            one.replace(exp.alias_(exp.to_table(f"{SHARED}{number}"), UNITS, table=True))
        tree = tree.with_(f"{SHARED}{number}", as_=body, copy=False)
    return tree
