"""Problems as responses."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from metricgov.desk.problems import MEDIA_TYPE, problem_of
from metricgov.desk.serving import Broken, report_of
from metricgov.domain.errors import MetricgovError, Refused, Undecidable

log = logging.getLogger("metricgov.api")

_DATABASES: Final = frozenset({"store_unreachable", "index_unreachable"})
"""Errors whose words name an address that is no business of those who ask."""


class ProblemDetails(BaseModel):
    """An error (RFC 9457): `code` is stable, `detail` for people, `hint` the next step, `unmet` everything missing."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    kind: str = ""
    instance: str = ""
    unmet: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []


_SAYS: Final[Mapping[int, str]] = {
    401: "Nobody is signed in, or the token is not valid",
    403: "The caller has no right to this",
    404: "There is no such thing",
    409: "The rules say no; `unmet` names everything that is missing",
    412: "It has changed since it was read",
    422: "The request cannot be used",
    429: "Too many requests",
    503: "No answer is possible now",
}

COMPONENT: Final = {ProblemDetails.__name__: ProblemDetails.model_json_schema()}
"""How a description of the API tells what a problem looks like."""

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}}},
        "description": says,
    }
    for status, says in _SAYS.items()
}
"""What every question and command may be answered with, as a route describes it.

It names the component: a model would be told as plain JSON besides, and made ready for each status of each route.
"""


def problem_response(error: MetricgovError, request: Request) -> Response:
    """Return an error as a problem; 401 names how to sign in, 429 when to come back."""
    error = as_told(error)
    problem = problem_of(error, instance=request.url.path)
    headers = {}
    if problem["status"] == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="metricgov"'
    if problem["status"] in (429, 503):
        headers["Retry-After"] = str(getattr(error, "seconds", 5))
    return answer_with(problem, headers)


def as_told(error: MetricgovError) -> MetricgovError:
    """Return an error as those who ask may read it; the whole of it goes to the log."""
    if error.code not in _DATABASES:
        return error
    log.warning("%s", error)
    return Undecidable(error.code, "a database of the server does not answer", hint="ask again in a minute")


def bug_response(error: Exception, request: Request) -> Response:
    """Log a bug with what helps to mend it, and return what its victim can hand on."""
    return problem_response(bug_of(error, request), request)


def bug_of(error: Exception, request: Request) -> Refused:
    """Log a bug with what helps to mend it, and return the words for its victim."""
    number = getattr(request.state, "request_id", "")
    log.error("a bug: %s", error.report if isinstance(error, Broken) else report_of(error), extra={"request": number})
    says = "the server met a bug over this; nothing was recorded that it did not say"
    shown = f"tell whoever runs the server: request {number or '?'}"
    return Refused("bug", says, hint=shown)


def answer_with(problem: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """Return the response that a problem is."""
    data = json.dumps(problem, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(data, status_code=problem["status"], media_type=MEDIA_TYPE, headers=dict(headers))
