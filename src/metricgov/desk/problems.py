"""Errors over HTTP (RFC 9457) and back: a refusal at a server is the same refusal at its client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from metricgov.domain.errors import BadInput, InvalidFiles, MetricgovError, Place, Problem, Refused, Undecidable
from metricgov.domain.workflow.requirements import RefusedUnmet, Requirement

MEDIA_TYPE: Final = "application/problem+json"

NOT_THERE: Final = frozenset(
    {
        "change_unknown",
        "definition_unknown",
        "no_effect",
        "version_unknown",
        "delegation_unknown",
        "blob_unknown",
        "no_such_person",
        "page_unknown",
    }
)
"""Codes of what does not exist: 404."""

STATUS_BY_CODE: Final[Mapping[str, int]] = {
    "no_token": 401,
    "token_invalid": 401,
    "right_missing": 403,
    "form_foreign": 403,
    "session_ended": 401,
    "unknown_person": 403,
    "actor_unknown": 403,
    "actor_left": 403,
    "not_yours": 403,
    "stale": 412,
    "if_match": 412,
    "precondition_missing": 428,
    "too_large": 413,
    "key_reused": 422,
    "key_in_use": 409,
    "no_engine": 409,
    "no_remote": 409,
    "rate_limited": 429,
    "given_up": 499,
    "bug": 500,
}
"""Where a code has a status of its own, whatever its class."""

KINDS: Final[Mapping[str, type[MetricgovError]]] = {
    "refused": Refused,
    "bad_input": BadInput,
    "undecidable": Undecidable,
}


def status_of(error: MetricgovError) -> int:
    """Return the status: the code's, else 404 (not there), 409 (the rules say no), 422 (unusable), 503 (unclear)."""
    if error.code in STATUS_BY_CODE:
        return STATUS_BY_CODE[error.code]
    if error.code in NOT_THERE:
        return 404
    if isinstance(error, Refused):
        return 409
    return 422 if isinstance(error, BadInput) else 503


def problem_of(error: MetricgovError, *, instance: str = "") -> dict[str, Any]:
    """Return an error as a problem: `code` is stable, `detail` for people, `hint` the next step, `unmet` all of it."""
    kind = next((name for name, kind in KINDS.items() if isinstance(error, kind)), "undecidable")
    problem: dict[str, Any] = {
        "type": f"urn:metricgov:error:{error.code}",
        "title": error.message.splitlines()[0],
        "status": status_of(error),
        "detail": error.message,
        "code": error.code,
        "hint": error.hint,
        "kind": kind,
    }
    if instance:
        problem["instance"] = instance
    if error.place:
        problem["place"] = _place(error.place)
    if isinstance(error, RefusedUnmet):
        problem["unmet"] = [one.as_json() | {"definitions": list(one.definitions)} for one in error.unmet]
    if problems := getattr(error, "problems", ()):
        problem["problems"] = [
            {"code": one.code, "message": one.message, "hint": one.hint, "place": _place(one.place)}
            for one in problems
            if isinstance(one, Problem)
        ]
    return problem


def error_of(problem: Mapping[str, Any]) -> MetricgovError:
    """Return the error that a problem was made from, as the desk at the server raised it."""
    if unmet := problem.get("unmet"):
        requirements = [
            Requirement(one["code"], one["says"], tuple(one["who"]), one["how"], tuple(one.get("definitions", ())))
            for one in unmet
        ]
        return RefusedUnmet(str(problem.get("title", "")), requirements)
    if problems := problem.get("problems"):
        return InvalidFiles(
            [Problem(one["code"], one["message"], Place(**one["place"]), one.get("hint", "")) for one in problems]
        )
    kind = KINDS.get(str(problem.get("kind", "")), Undecidable)
    place = Place(**problem["place"]) if problem.get("place") else None
    code = str(problem.get("code") or "http")
    return kind(
        code, str(problem.get("detail") or problem.get("title") or ""), hint=str(problem.get("hint", "")), place=place
    )


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "column": place.column}
