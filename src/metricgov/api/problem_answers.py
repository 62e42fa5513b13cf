"""Problems as responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from metricgov.desk.problems import MEDIA_TYPE, problem_of
from metricgov.domain.errors import MetricgovError


def problem_response(error: MetricgovError, request: Request) -> Response:
    """Return an error as a problem; 401 names how to sign in, 429 when to come back."""
    problem = problem_of(error, instance=request.url.path)
    headers = {}
    if problem["status"] == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="metricgov"'
    if problem["status"] in (429, 503):
        headers["Retry-After"] = "5"
    return answer_with(problem, headers)


def answer_with(problem: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """Return the response that a problem is."""
    data = json.dumps(problem, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(data, status_code=problem["status"], media_type=MEDIA_TYPE, headers=dict(headers))
