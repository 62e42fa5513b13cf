"""Traces for OpenTelemetry: a span for every request and for every question behind it, sent where the settings say."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Final

from metricgov import __version__
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from fastapi import FastAPI
    from opentelemetry.sdk.trace import TracerProvider

    from metricgov.api.app import Parts

UNTRACED: Final = "health,ready,metrics"
"""Paths that watchers ask every few seconds."""


class Tracing:
    """Sends spans to a collector (OTLP over HTTP) at an address; what it cannot send is dropped, and nobody waits.

    Names in addresses are in the spans, as they are in the log: the collector is one of those who run the server.
    """

    def __init__(self, collector: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ModuleNotFoundError as error:
            raise BadInput("extra_missing", f"traces need {error.name}", hint="pip install 'metricgov[otel]'") from None
        named = Resource.create({"service.name": "metricgov", "service.version": __version__})
        self._provider: TracerProvider = TracerProvider(resource=named)
        exporter = OTLPSpanExporter(f"{collector.rstrip('/')}/v1/traces", timeout=5)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))

    def __call__(self, app: FastAPI, parts: Parts) -> None:
        """Watch the requests of an application, and what they ask the registry."""
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

        parts.hall.spans = self._span
        FastAPIInstrumentor.instrument_app(
            app, tracer_provider=self._provider, excluded_urls=UNTRACED, exclude_spans=["receive", "send"]
        )

    def _span(self, question: str) -> contextlib.AbstractContextManager[object]:
        return self._provider.get_tracer("metricgov", __version__).start_as_current_span(question)

    @contextlib.asynccontextmanager
    async def life(self, _app: FastAPI) -> AsyncIterator[None]:
        """Send what is left when the application ends."""
        import asyncio

        try:
            yield
        finally:
            await asyncio.to_thread(self._provider.shutdown)


Spans = Callable[[str], contextlib.AbstractContextManager[object]]
"""Opens a span for a question."""


def untraced(_question: str) -> contextlib.AbstractContextManager[object]:
    """Open none."""
    return contextlib.nullcontext()
