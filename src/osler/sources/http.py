"""The one client that speaks to the network: listed hosts, checked addresses, bounded, paced and patient.

It speaks through httpcore, the engine under httpx, for only there may the connection itself be supplied: every address is
checked by the code that connects to it, and one deadline holds over connecting, headers and body alike.
Nothing is logged. Keys travel in a form body (NCBI) or a header (openFDA), never in an address.
"""

from __future__ import annotations

import base64
import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote, urlencode, urljoin

import httpcore

from osler.errors import FetchError, UserError
from osler.sources.address import Target, check_public, check_url
from osler.sources.cache import Cache
from osler.sources.replies import Body, Format, Reply, check_type, retry_after_s

NCBI, OPENFDA = "eutils.ncbi.nlm.nih.gov", "api.fda.gov"
EUROPEPMC, DAILYMED, CLINICALTRIALS = "www.ebi.ac.uk", "dailymed.nlm.nih.gov", "clinicaltrials.gov"

INTERVALS_S: Mapping[str, float] = {
    NCBI: 1 / 3,  # 3 requests a second, 10 with a key (NBK25497)
    OPENFDA: 60 / 240,  # 240 a minute (open.fda.gov/apis/authentication)
    EUROPEPMC: 1 / 5,
    DAILYMED: 1 / 5,
    CLINICALTRIALS: 60 / 50,  # about 50 a minute and address are let through, as its users report (seen 2026-11)
}
"""The hosts that may be asked, each with the least time between two requests, in seconds."""
NCBI_WITH_KEY_S = 1 / 10

MAX_REDIRECTS = 5
TRIES = 5
RETRIED = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Who asks, and how. Raises UserError for an email, tool or key that could not be sent as it is.

    product: for the User-Agent ("Osler/1.2.3"). email, tool: NCBI wants both, to write before it blocks somebody.
    cache: directory for conditional requests; None keeps nothing. offline: refuse every request.
    """

    product: str = "Osler"
    email: str | None = None
    tool: str = "osler"
    ncbi_key: str | None = field(default=None, repr=False)
    openfda_key: str | None = field(default=None, repr=False)
    cache: Path | None = None
    offline: bool = False

    def __post_init__(self) -> None:
        if self.email is not None and not re.fullmatch(r"[!-'*-;=?A-~]+@[A-Za-z0-9.-]+", self.email):
            raise UserError("the email address for the sources is not one")
        for what, value in (("NCBI key", self.ncbi_key), ("openFDA key", self.openfda_key), ("tool name", self.tool)):
            if value is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", value):
                raise UserError(f"the {what} for the sources has characters that none has")
        if not re.fullmatch(r"[A-Za-z0-9./+_-]{1,64}", self.product):
            raise UserError("the product name for the sources cannot be sent")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request. Times in seconds, `total_s` over all its tries and waits; sizes in bytes.

    max_ratio: inflated to received size; XML and JSON of these sources stay under 40.
    max_wait_s: a source that asks for a longer pause is left alone, and the caller told.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 300.0
    max_wait_s: float = 90.0
    max_bytes: int = 128 << 20
    max_ratio: int = 200


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, so that tests can supply both. jitter: uniform in [0, 1)."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.SystemRandom().random


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. url: without a query; params go behind it; `form` makes it a POST.

    accept: statuses whose body is an answer; only that of 200 is checked to be of the format.
    """

    url: str
    format: Format
    params: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] | None = None
    accept: frozenset[int] = frozenset({200})


def resolve(host: str) -> list[str]:
    """Addresses of a host, as the system gives them, each once. Raises OSError."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Client:
    """Asks one thing at a time, for one thread. Use it as a context manager.

    hosts: the allow-list with its intervals. loopback: for tests, host -> port on 127.0.0.1 where it is spoken to in plain
    HTTP instead. resolver, network: where addresses and connections come from.
    """

    def __init__(
        self,
        settings: HttpSettings,
        limits: Limits | None = None,
        *,
        hosts: Mapping[str, float] = INTERVALS_S,
        loopback: Mapping[str, int] | None = None,
        clock: Clock | None = None,
        resolver: Callable[[str], list[str]] = resolve,
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._settings, self._limits, self._clock = settings, limits or Limits(), clock or Clock()
        self._intervals = dict(hosts)
        if settings.ncbi_key and NCBI in self._intervals:
            self._intervals[NCBI] = min(self._intervals[NCBI], NCBI_WITH_KEY_S)
        self._loopback = dict(loopback or {})
        self._cache = Cache(settings.cache) if settings.cache else None
        self._network = _Checked(network or httpcore.SyncBackend(), resolver, self._clock, frozenset(self._loopback))
        self._pool = httpcore.ConnectionPool(network_backend=self._network, max_connections=1, keepalive_expiry=20)
        self._free_at: dict[str, float] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def send(self, request: Request, read: Callable[[Reply], T]) -> T:
        """What `read` makes of the reply. Tries up to five times, waiting as the source asks or with exponential backoff
        and full jitter, while the error is retryable; `read` may say so too (a body that was cut, an answer of "later").

        Raises FetchError.
        """
        if self._settings.offline:
            raise FetchError("the network is switched off in the settings; nothing was asked")
        self._network.deadline = self._clock.monotonic() + self._limits.total_s
        asked = request.url + ("?" + urlencode(request.params, quote_via=quote) if request.params else "")
        for attempt in range(1, TRIES + 1):
            try:
                return self._try(request, asked, read)
            except FetchError as error:
                if not error.retryable or attempt == TRIES:
                    raise
                self._wait(error, attempt)
        raise AssertionError("unreachable")

    def _try(self, request: Request, asked: str, read: Callable[[Reply], T]) -> T:
        cache = self._cache if request.form is None else None
        reply = self._follow(request, asked, cache.load(asked) if cache else None)
        try:
            result = read(reply)
        except FetchError:
            if cache and reply.from_cache:
                cache.forget(asked)
            raise
        if cache and reply.status == 200 and not reply.from_cache:  # only what could be read is kept
            cache.store(asked, reply)
        return result

    def _wait(self, error: FetchError, attempt: int) -> None:
        """Sleep before the next try; raises the error again when there is no time for it."""
        asked = error.retry_after_s
        pause = asked if asked is not None else self._clock.jitter() * min(30.0, 2.0 ** (attempt - 1))
        if pause > self._limits.max_wait_s:
            raise FetchError(f"{error}; it asks to be left alone for {pause:,.0f} seconds", retryable=True) from error
        if pause >= self._network.deadline - self._clock.monotonic():
            raise error
        self._clock.sleep(pause)

    def _follow(self, request: Request, asked: str, kept: Reply | None) -> Reply:
        """Ask, and follow redirects by hand: each address is checked as the first was, and a POST (it holds a key) stays."""
        url, target = asked, check_url(asked, self._intervals)
        for _ in range(MAX_REDIRECTS + 1):
            condition = kept if url == asked else None
            status, headers, body = self._exchange(request, target, condition)
            if status not in REDIRECTS:
                return self._reply(request, target, status, headers, body, condition)
            if request.form is not None or "location" not in headers:
                raise FetchError(f"{target.host} answered with a redirect that is not followed ({status})")
            try:
                url = urljoin(url, headers["location"])
                target = check_url(url, self._intervals)
            except (ValueError, FetchError) as error:
                reason = error if isinstance(error, FetchError) else "an address that cannot be read"
                raise FetchError(f"{target.host} redirects, which is not followed: {reason}") from error
        raise FetchError(f"{target.host} redirected more than {MAX_REDIRECTS} times")

    def _reply(
        self, request: Request, target: Target, status: int, headers: Mapping[str, str], body: bytes, kept: Reply | None
    ) -> Reply:
        host = target.host
        if status == 304 and kept is not None:
            return kept
        if status in RETRIED and status not in request.accept:
            after = retry_after_s(headers.get("retry-after", ""), self._clock.wall())
            raise FetchError(f"{host} answered {status}", retryable=True, retry_after_s=after, status=status)
        if status not in request.accept:
            raise FetchError(f"{host} answered {status} to {target.path.partition('?')[0][:120]}", status=status)
        if status == 200:
            check_type(headers.get("content-type", ""), body, request.format, host)
        etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
        return Reply(f"https://{host}{target.path}", status, body, headers.get("link", ""), etag, modified)

    def _exchange(self, request: Request, target: Target, kept: Reply | None) -> tuple[int, dict[str, str], bytes]:
        """One request, one answer. A body is read only where the status is one of `request.accept`."""
        self._pace(target.host)
        content = None if request.form is None else urlencode(request.form + self._identity(target.host)).encode()
        url = self._url(target)
        extensions = {"timeout": {"connect": self._limits.connect_s, "read": self._limits.read_s, "write": self._limits.read_s}}
        headers = [(k.encode(), v.encode()) for k, v in self._headers(request, target.host, kept).items()]
        try:
            with self._pool.stream(
                "GET" if content is None else "POST", url, headers=headers, content=content, extensions=extensions
            ) as response:
                received = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
                if response.status not in request.accept:
                    return response.status, received, b""
                body = Body(
                    received.get("content-encoding", "").strip().lower(),
                    target.host,
                    self._limits.max_bytes,
                    self._limits.max_ratio,
                )
                for chunk in response.iter_stream():
                    body.feed(chunk)
                return response.status, received, body.finish()
        except httpcore.TimeoutException as error:
            raise FetchError(f"{target.host} did not answer in time", retryable=True) from error
        except httpcore.NetworkError as error:
            raise _unreachable(target.host, error) from error
        except httpcore.ProtocolError as error:
            raise FetchError(f"{target.host} broke off, or sent what is not HTTP", retryable=True) from error

    def _pace(self, host: str) -> None:
        now = self._clock.monotonic()
        start = max(now, self._free_at.get(host, now))
        if start > now:
            self._clock.sleep(start - now)
        self._free_at[host] = start + self._intervals[host]

    def _url(self, target: Target) -> httpcore.URL:
        port = self._loopback.get(target.host)
        scheme = b"https" if port is None else b"http"
        return httpcore.URL(scheme=scheme, host=target.host.encode(), port=port or 443, target=target.path.encode())

    def _headers(self, request: Request, host: str, kept: Reply | None) -> dict[str, str]:
        contact = f" (+mailto:{self._settings.email})" if self._settings.email else ""
        headers = {
            "User-Agent": self._settings.product + contact,
            "Accept": "application/json" if request.format is Format.JSON else "application/xml, text/xml",
            "Accept-Encoding": "gzip",
        }
        if request.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if host == OPENFDA and self._settings.openfda_key:  # as user name of basic authentication, without a password
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self._settings.openfda_key}:".encode()).decode()
        if kept and kept.etag:
            headers["If-None-Match"] = kept.etag
        if kept and kept.last_modified:
            headers["If-Modified-Since"] = kept.last_modified
        return headers

    def _identity(self, host: str) -> tuple[tuple[str, str], ...]:
        if host != NCBI:
            return ()
        given = (("tool", self._settings.tool), ("email", self._settings.email), ("api_key", self._settings.ncbi_key))
        return tuple((name, value) for name, value in given if value)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by lower-case name; one sent twice is one list (RFC 9110, 5.3)."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _unreachable(host: str, error: Exception) -> FetchError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(f"{host} did not prove to be {host} (its certificate does not hold); nothing was sent")
        cause = cause.__cause__ or cause.__context__
    return FetchError(f"{host} could not be reached, or the connection broke", retryable=True)


class _Checked(httpcore.NetworkBackend):
    """Connects only to addresses that were just checked, and gives every wait what is left until `deadline`.

    The name is resolved once per connection, and the address checked is the address connected to, so that a name that
    resolves differently the second time gains nothing. TLS still verifies the name.
    """

    def __init__(
        self, network: httpcore.NetworkBackend, resolver: Callable[[str], list[str]], clock: Clock, loopback: frozenset[str]
    ) -> None:
        self._network, self._resolver, self._clock, self._loopback = network, resolver, clock, loopback
        self.deadline = 0.0

    def left(self, timeout: float | None) -> float:
        remaining = self.deadline - self._clock.monotonic()
        if remaining <= 0:
            raise httpcore.ReadTimeout("the deadline of the whole request has passed")
        return remaining if timeout is None else min(timeout, remaining)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.NetworkError | httpcore.TimeoutException = httpcore.ConnectError("the name has no address")
        for address in self._addresses(host):
            try:
                stream = self._network.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _Stream(stream, self)
        raise failure

    def _addresses(self, host: str) -> list[str]:
        if host in self._loopback:
            return ["127.0.0.1"]
        try:
            return [check_public(address) for address in self._resolver(host)]
        except OSError as error:
            raise httpcore.ConnectError("the name could not be resolved") from error
        except ValueError as error:  # one bad address condemns them all: an honest zone has none
            raise FetchError(f"{host} resolves to an address that is not a public one; it was not asked") from error


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the request's deadline: a slow drip cannot outlast it."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Checked) -> None:
        self._stream, self._network = stream, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout)), self._network)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
