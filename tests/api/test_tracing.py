"""Traces arrive at a real collector's end: a span for the request, one for the question behind it, one trace."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.whole_server import whole


class Collector(BaseHTTPRequestHandler):
    """Takes what OTLP over HTTP sends."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.server.took.append((self.path, ExportTraceServiceRequest.FromString(body)))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.took = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_request_and_its_question_are_one_trace(past: Path, tmp_path: Path, collector: ThreadingHTTPServer) -> None:
    """What watchers ask every few seconds is not traced; no secret is in a span."""
    with whole(past, tmp_path, traces=f"http://127.0.0.1:{collector.server_port}") as (url, tokens):
        headers = {"Authorization": f"Bearer {tokens['read']}"}
        assert httpx.get(f"{url}/v1/definitions/routing_speed", headers=headers).status_code == 200
        httpx.get(f"{url}/health")
    took = collector.took  # type: ignore[attr-defined]
    assert {path for path, _ in took} == {"/v1/traces"}
    spans = [
        span for _, sent in took for resource in sent.resource_spans for scope in resource.scope_spans
        for span in scope.spans
    ]  # fmt: skip
    request = next(one for one in spans if one.name.startswith("GET /v1/definitions"))
    question = next(one for one in spans if one.name == "card")
    assert (question.trace_id, question.parent_span_id) == (request.trace_id, request.span_id)
    assert not any("health" in one.name for one in spans)
    assert tokens["read"] not in str(took)


def test_a_collector_that_does_not_answer_holds_nobody_up(past: Path, tmp_path: Path) -> None:
    with whole(past, tmp_path, traces="http://127.0.0.1:9") as (url, tokens):
        answer = httpx.get(f"{url}/v1/names", headers={"Authorization": f"Bearer {tokens['read']}"}, timeout=5)
    assert answer.status_code == 200
