"""Metrics: how many requests and answers, how fast, how long the queue, which library; no label ever holds a reader's words."""

from __future__ import annotations

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osler import __version__
from osler.domain.article import Article
from osler.web.asking import Asking

MEDIA_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""300 ms is what a whole answer should take at the 95th percentile."""
NO_ROUTE = "none"


class Metrics:
    """One an application, with a registry of its own. Safe to call from any thread."""

    def __init__(self, asking: Asking) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("osler_requests", "Requests answered.", ("route", "method", "status"), registry=self._registry)
        self._latency = Histogram(
            "osler_request_seconds", "From the request's head to the last byte.", ("route", "method"), buckets=_SECONDS, registry=self._registry
        )  # fmt: skip
        self._answers = Counter("osler_answers", "Articles composed.", ("disposition", "audience"), registry=self._registry)
        self._answering = Histogram(
            "osler_answer_seconds", "From its place in the queue to the article.", buckets=_SECONDS, registry=self._registry
        )
        self._registry.register(_State(asking))
        asking.on_answer = self.answered

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """route: a template of addresses, never an address."""
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._latency.labels(route, method).observe(seconds)

    def answered(self, article: Article, seconds: float) -> None:
        self._answers.labels(article.disposition.value, article.question.audience.value).inc()
        self._answering.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _State(Collector):
    """What holds at the moment it is asked for."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def collect(self) -> Iterable[Metric]:
        under_way, waiting = self._asking.load()
        yield GaugeMetricFamily("osler_questions_under_way", "Taken and not answered yet, those that wait among them.", under_way)
        yield GaugeMetricFamily("osler_questions_waiting", "Of them, those that wait for a process.", waiting)
        held = self._asking.library().snapshot
        yield GaugeMetricFamily("osler_library_documents", "Documents in use.", held.documents)
        yield GaugeMetricFamily("osler_library_passages", "Passages in use.", held.passages)
        yield InfoMetricFamily("osler", "What answers are made by and from.", {"version": __version__, "snapshot": held.id})


class Measured:
    """A layer around the application that measures every request. Labels are templates of routes: addresses hold ids."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            self._metrics.requested(_route(scope), scope["method"], status, time.perf_counter() - started)


def _route(scope: Scope) -> str:
    template = getattr(scope.get("route"), "path", None)
    if template is None:
        return NO_ROUTE
    return f"/api/v1{template}" if scope.get("root_path", "").endswith("/api/v1") and not template.startswith("/api/") else template
