"""The client asks only whom it may, waits as it is told, stops at its bounds, and turns every lie into a FetchError."""

from __future__ import annotations

import ipaddress
import logging
import ssl
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lying_server import LyingServer, answer, as_json, as_xml, drip, endless, gzipped
from osler.errors import FetchError, SourceError, UserError
from osler.sources.address import check_public, check_url
from osler.sources.http import (
    CLINICALTRIALS,
    EUROPEPMC,
    INTERVALS_S,
    MAX_REDIRECTS,
    NCBI,
    OPENFDA,
    TRIES,
    Client,
    Clock,
    HttpSettings,
    Limits,
    Request,
)
from osler.sources.replies import Format, Reply, json_object, retry_after_s

URL = f"https://{EUROPEPMC}/rest"
ASK = Request(URL, Format.JSON)
FINE = as_json({"n": 1})
NOW_S = 1_800_000_000.0


@dataclass
class Timer:
    """A clock whose sleeps take no time and are remembered."""

    now: float = 1_000.0
    chance: float = 1.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.now, wall=lambda: NOW_S, sleep=self.sleep, jitter=lambda: self.chance)


@pytest.fixture(scope="module")
def shared_server() -> Iterator[LyingServer]:
    with LyingServer() as running:
        yield running


@pytest.fixture
def server(shared_server: LyingServer) -> LyingServer:
    shared_server.sent = 0
    return shared_server.plays(FINE)


@pytest.fixture
def timer() -> Timer:
    return Timer()


def client_of(
    server: LyingServer, timer: Timer | None = None, settings: HttpSettings | None = None, limits: Limits | None = None
) -> Client:
    """Every listed host is the lying server; without a timer time is real, and nothing is paced."""
    hosts = INTERVALS_S if timer else dict.fromkeys(INTERVALS_S, 0.0)
    clock = timer.clock() if timer else Clock(sleep=lambda s: None)
    loopback = dict.fromkeys(INTERVALS_S, server.port)
    return Client(settings or HttpSettings(), limits, hosts=hosts, loopback=loopback, clock=clock)


def send(client: Client, request: Request = ASK) -> Reply:
    with client:
        return client.send(request, lambda reply: reply)


# --- whom it may ask ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://www.ebi.ac.uk/rest",
        "ftp://www.ebi.ac.uk/rest",
        "file:///etc/passwd",
        "//www.ebi.ac.uk/rest",
        "https:///rest",
        "https://example.org/",
        "https://www.ebi.ac.uk.example.org/",
        "https://ebi.ac.uk/",
        "https://www.ebi.ac.uk./rest",
        "https://www.ebi.ac.uk@127.0.0.1/",
        "https://user:word@www.ebi.ac.uk/",
        "https://www.ebi.ac.uk:8443/",
        "https://www.ebi.ac.uk:99999/",
        "https://www.ebi.ac.uk\\@127.0.0.1/",
        "https://www.ebi.ac.uk/a b",
        "https://www.ebi.ac.uk/\r\nHost: x",
        "https://www.ebi.ac.uk/\tx",
        "https://www.ebi.ac.uk/é",
        "https://ｗｗｗ.ebi.ac.uk/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0/",
    ],
)
def test_an_address_that_is_not_a_listed_https_host_is_never_asked(url: str, server: LyingServer) -> None:
    with pytest.raises(FetchError) as caught:
        send(client_of(server), Request(url, Format.JSON))
    assert not caught.value.retryable
    assert server.asked == []


def test_a_listed_host_is_taken_in_any_case_and_with_its_usual_port() -> None:
    for url in ("https://WWW.EBI.AC.UK/a?b=c#d", "https://www.ebi.ac.uk:443/a?b=c"):
        target = check_url(url, INTERVALS_S)
        assert (target.host, target.path) == (EUROPEPMC, "/a?b=c")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.0.9",
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2002:808:808::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "100::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "::ffff:8.8.8.8%1",
        "ff02::1",
        "4000::1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "localhost",
        "",
    ],
)
def test_an_address_that_is_not_public_is_refused_in_any_spelling(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "130.14.29.110", "2607:f220:41e:4290::110", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is_taken(address: str) -> None:
    assert ipaddress.ip_address(check_public(address)) == ipaddress.ip_address(address)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(number: int) -> None:
    def public(address: str) -> bool:
        try:
            check_public(address)
        except ValueError:
            return False
        return True

    inner = ipaddress.IPv4Address(number)
    expected = public(str(inner))
    assert expected <= (not (inner.is_private or inner.is_loopback or inner.is_link_local or inner.is_multicast))
    for prefix in ("::ffff:", "64:ff9b::"):
        assert public(f"{prefix}{inner}") == expected
    assert not public(f"::{inner}")
    assert not public(str(number))


class Wire(httpcore.NetworkBackend):
    """A network without one: it remembers who was connected to, and each connection answers FINE."""

    def __init__(self, unreachable: tuple[str, ...] = ()) -> None:
        self.unreachable = unreachable
        self.connected: list[tuple[str, int]] = []
        self.tls: list[tuple[str | None, ssl.SSLContext]] = []

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # type: ignore[no-untyped-def]
        self.connected.append((host, port))
        if host in self.unreachable:
            raise httpcore.ConnectError("no route")
        return WireStream(self)


class WireStream(httpcore.MockStream):
    def __init__(self, wire: Wire) -> None:
        super().__init__([FINE])
        self.wire = wire

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):  # type: ignore[no-untyped-def]
        self.wire.tls.append((server_hostname, ssl_context))
        return self


def test_the_checked_address_is_connected_to_and_tls_proves_the_name() -> None:
    wire = Wire()
    lookups = iter([["8.8.8.8"], ["127.0.0.1"]])
    send(Client(HttpSettings(), network=wire, resolver=lambda host: next(lookups)))
    assert wire.connected == [("8.8.8.8", 443)]
    [(name, context)] = wire.tls
    assert name == EUROPEPMC
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["fe80::1%2"], ["169.254.169.254"], ["nonsense"]]
)
def test_a_name_with_one_address_that_is_not_public_is_not_asked_at_all(addresses: list[str]) -> None:
    wire = Wire()
    with pytest.raises(FetchError, match="resolves to an address that is not a public one") as caught:
        send(Client(HttpSettings(), network=wire, resolver=lambda host: addresses))
    assert not caught.value.retryable
    assert wire.connected == []


def test_the_next_address_is_tried_when_one_cannot_be_reached() -> None:
    wire = Wire(unreachable=("2607:f220::1",))
    send(Client(HttpSettings(), network=wire, resolver=lambda host: ["2607:f220::1", "8.8.8.8"]))
    assert [host for host, _ in wire.connected] == ["2607:f220::1", "8.8.8.8"]


def test_a_name_that_cannot_be_resolved_is_tried_again_and_then_said(timer: Timer) -> None:
    def resolver(host: str) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(FetchError, match="could not be reached") as caught:
        send(Client(HttpSettings(), network=Wire(), resolver=resolver, clock=timer.clock()))
    assert caught.value.retryable
    assert len(timer.slept) >= TRIES - 1


def test_a_certificate_that_does_not_hold_is_final(timer: Timer) -> None:
    class Impostor(Wire):
        def connect_tcp(self, *given, **named):  # type: ignore[no-untyped-def]
            self.connected.append(("8.8.8.8", 443))
            try:
                raise ssl.SSLCertVerificationError("self-signed")
            except ssl.SSLCertVerificationError as error:
                raise httpcore.ConnectError("tls") from error

    wire = Impostor()
    with pytest.raises(FetchError, match="did not prove to be") as caught:
        send(Client(HttpSettings(), network=wire, resolver=lambda host: ["8.8.8.8"], clock=timer.clock()))
    assert not caught.value.retryable
    assert len(wire.connected) == 1


def test_offline_nothing_is_asked(server: LyingServer) -> None:
    with pytest.raises(FetchError, match="switched off"):
        send(client_of(server, settings=HttpSettings(offline=True)))
    assert server.asked == []


# --- waiting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("7", 7.0),
        (formatdate(NOW_S + 12, usegmt=True), 12.0),
        (formatdate(NOW_S - 99, usegmt=True), 0.0),
        ("0", 0.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("9" * 400, 1.0),
    ],
)
def test_too_many_requests_waits_as_the_source_asks(header: str, waited: float, server: LyingServer, timer: Timer) -> None:
    """Where its wish cannot be read, it is the first step of the backoff."""
    server.plays(answer(429, headers=[("Retry-After", header)]), FINE)
    assert json_object(send(client_of(server, timer)).body, "") == {"n": 1}
    assert len(server.asked) == 2
    assert sum(timer.slept) == pytest.approx(max(waited, INTERVALS_S[EUROPEPMC]))


def test_a_source_that_asks_for_an_hour_is_left_alone(server: LyingServer, timer: Timer) -> None:
    server.plays(answer(429, headers=[("Retry-After", "3600")]), FINE)
    with pytest.raises(FetchError, match="left alone for 3,600 seconds") as caught:
        send(client_of(server, timer))
    assert caught.value.retryable
    assert (len(server.asked), timer.slept) == (1, [])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again(status: int, server: LyingServer, timer: Timer) -> None:
    server.plays(answer(status), answer(status), FINE)
    assert send(client_of(server, timer)).status == 200
    assert len(server.asked) == 3


def test_it_tries_five_times_with_growing_pauses_and_then_says_so(server: LyingServer) -> None:
    slept: list[float] = []
    client = Client(
        HttpSettings(),
        hosts={EUROPEPMC: 0.0},
        loopback={EUROPEPMC: server.port},
        clock=Clock(sleep=slept.append, jitter=lambda: 0.5),
    )
    server.plays(answer(503))
    with pytest.raises(FetchError, match="answered 503") as caught:
        send(client)
    assert caught.value.retryable
    assert len(server.asked) == TRIES
    assert slept == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 404, 410, 501])
def test_another_status_is_final(status: int, server: LyingServer, timer: Timer) -> None:
    server.plays(answer(status), FINE)
    with pytest.raises(FetchError, match=f"answered {status} to /rest") as caught:
        send(client_of(server, timer))
    assert (caught.value.retryable, caught.value.status, len(server.asked)) == (False, status, 1)


def test_waiting_ends_with_the_deadline(server: LyingServer, timer: Timer) -> None:
    server.plays(answer(503, headers=[("Retry-After", "40")]))
    with pytest.raises(FetchError, match="503"):
        send(client_of(server, timer, limits=Limits(total_s=100)))
    assert sum(timer.slept) <= 100
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("host", "key", "least_s"), [(NCBI, None, 1 / 3), (NCBI, "abc", 1 / 10), (OPENFDA, "abc", 1 / 4), (CLINICALTRIALS, None, 1.2)]
)
def test_requests_to_one_host_keep_their_distance(
    host: str, key: str | None, least_s: float, server: LyingServer, timer: Timer
) -> None:
    started = timer.now
    settings = HttpSettings(ncbi_key=key, openfda_key=key)
    with client_of(server, timer, settings) as client:
        for _ in range(10):
            client.send(Request(f"https://{host}/x", Format.JSON), lambda reply: reply)
    assert timer.now - started == pytest.approx(9 * least_s)


def test_one_host_does_not_wait_for_another(server: LyingServer, timer: Timer) -> None:
    with client_of(server, timer) as client:
        for host in INTERVALS_S:
            client.send(Request(f"https://{host}/x", Format.JSON), lambda reply: reply)
    assert timer.slept == []


def test_a_reader_may_ask_for_another_try(server: LyingServer, timer: Timer) -> None:
    server.plays(answer(200, b'{"n": '), FINE)
    with client_of(server, timer) as client:
        assert client.send(ASK, lambda reply: json_object(reply.body, "x")) == {"n": 1}
    assert len(server.asked) == 2


# --- bounds ---------------------------------------------------------------------------------------------------------

QUICK = Limits(connect_s=0.5, read_s=0.3, total_s=0.6, max_bytes=2 << 20)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda asked: drip(answer(200, b'{"n": 1}' + b" " * 400), 0.03), id="head and body drip"),
        pytest.param(lambda asked: [answer(200, b"", length=400), *drip(b" " * 400, 0.03)], id="the body drips"),
        pytest.param(lambda asked: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="go on, go on"),
        pytest.param(lambda asked: [5.0], id="silence"),
    ],
)
def test_a_slow_answer_ends_with_the_deadline(script: object, server: LyingServer) -> None:
    server.plays(script)  # type: ignore[arg-type]
    started = time.monotonic()
    with pytest.raises(FetchError) as caught:
        send(client_of(server, limits=QUICK))
    assert caught.value.retryable
    assert time.monotonic() - started < 2.0


def test_one_long_silence_ends_with_the_deadline_too(server: LyingServer) -> None:
    server.plays(lambda asked: [5.0])
    started = time.monotonic()
    with pytest.raises(FetchError, match="did not answer in time"):
        send(client_of(server, limits=Limits(read_s=30, total_s=0.4)))
    assert time.monotonic() - started < 2.0


def test_an_endless_body_is_read_up_to_the_bound(server: LyingServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n["
    server.plays(lambda asked: endless(head, b"1," * 32_768))
    started = time.monotonic()
    with pytest.raises(FetchError, match="more than 2,097,152 bytes") as caught:
        send(client_of(server, limits=Limits(max_bytes=2 << 20)))
    assert not caught.value.retryable
    assert time.monotonic() - started < 5.0
    assert len(server.asked) == 1
    assert server.sent < 32 << 20


def test_endless_headers_are_not_read_for_ever(server: LyingServer) -> None:
    server.plays(lambda asked: endless(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 8_000 + b"\r\n"))
    with pytest.raises(FetchError):
        send(client_of(server, limits=QUICK))
    assert server.sent < 64 << 20


@pytest.mark.parametrize(
    ("limits", "match"),
    [(Limits(max_bytes=4 << 20), "more than 4,194,304 bytes"), (Limits(max_ratio=100), "inflates more than 100-fold")],
)
def test_a_gzip_bomb_is_stopped_by_size_and_by_ratio(limits: Limits, match: str, server: LyingServer) -> None:
    server.plays(gzipped(b"[" + b" " * (24 << 20) + b"]"))
    started = time.monotonic()
    with pytest.raises(FetchError, match=match) as caught:
        send(client_of(server, limits=limits))
    assert not caught.value.retryable
    assert time.monotonic() - started < 5.0


@given(st.binary(max_size=3_000), st.integers(1, 4))
def test_a_gzip_body_comes_out_as_it_went_in(text: bytes, members: int) -> None:
    import gzip

    from osler.sources.replies import Body

    packed = gzip.compress(text) * members
    body = Body("gzip", "x", 1 << 20, 200)
    for start in range(0, len(packed), 7):
        body.feed(packed[start : start + 7])
    assert body.finish() == text * members


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(answer(200, b'{"n": 1', length=400), id="shorter than Content-Length"),
        pytest.param(
            b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{", id="in a chunk"
        ),
        pytest.param(gzipped(b'{"n": 1}', cut=9), id="cut gzip"),
        pytest.param(answer(200, b"this is not gzip", headers=[("Content-Encoding", "gzip")]), id="no gzip at all"),
        pytest.param(b"HTTP/1.1 200 X\r\nContent-Le", id="in the head"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\xff garbage\r\n\r\n", id="not HTTP"),
        pytest.param(answer(200, b""), id="an empty body"),
    ],
)
def test_a_cut_or_damaged_answer_is_never_taken_and_tried_again(cut: bytes, server: LyingServer, timer: Timer) -> None:
    server.plays(cut, FINE)
    assert send(client_of(server, timer)).body == b'{"n": 1}'
    assert len(server.asked) == 2
    server.plays(cut)
    with pytest.raises(FetchError) as caught:
        send(client_of(server, Timer()))
    assert caught.value.retryable
    assert len(server.asked) == TRIES


@pytest.mark.parametrize(
    ("script", "match"),
    [
        (answer(200, b"<!DOCTYPE html><p>Log in", "text/html; charset=utf-8"), "a web page where JSON was asked for"),
        (answer(200, b'{"n": 1}', "text/html"), "a web page"),
        (answer(200, b"\xef\xbb\xbf\n <HTML>", "application/json"), "a web page"),
        (answer(200, b'{"n": 1}', "image/png"), "'image/png' where JSON"),
        (answer(200, b"<a/>", "text/xml"), "'text/xml' where JSON"),
        (answer(200, b"<a/>", "application/json"), "not JSON"),
        (answer(200, b"hello", "text/plain"), "not JSON"),
        (answer(200, b'{"n": 1}', headers=[("Content-Encoding", "br")]), "an encoding that was not asked for"),
    ],
)
def test_what_was_not_asked_for_is_refused_and_said(script: bytes, match: str, server: LyingServer, timer: Timer) -> None:
    server.plays(script)
    with pytest.raises(FetchError, match=match) as caught:
        send(client_of(server, timer))
    assert not caught.value.retryable
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", ["text/xml", "application/xml; charset=utf-8", "application/hl7-sda+xml", "text/plain", ""])
def test_xml_is_taken_under_any_of_its_labels(kind: str, server: LyingServer) -> None:
    server.plays(answer(200, b"\xef\xbb\xbf<?xml version='1.0'?><a/>", kind))
    assert send(client_of(server), Request(URL, Format.XML)).body.endswith(b"<a/>")


# --- redirects ------------------------------------------------------------------------------------------------------


def to(location: str, status: int = 302) -> bytes:
    return answer(status, headers=[("Location", location)])


def test_a_redirect_within_the_listed_hosts_is_followed(server: LyingServer) -> None:
    server.plays(to("/other?x=1", 301), to(f"https://{CLINICALTRIALS}/third", 308), FINE)
    reply = send(client_of(server))
    assert reply.url == f"https://{CLINICALTRIALS}/third"
    assert [(a.headers["host"].partition(":")[0], a.target) for a in server.asked] == [
        (EUROPEPMC, "/rest"),
        (EUROPEPMC, "/other?x=1"),
        (CLINICALTRIALS, "/third"),
    ]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/secret",
        "https://127.0.0.1:{port}/secret",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "//localhost/",
        "http://www.ebi.ac.uk/",
        "https://example.org/",
        "https://www.ebi.ac.uk@example.org/",
        "https://[::1/",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_redirect_to_anywhere_else_is_not(location: str, server: LyingServer, timer: Timer) -> None:
    server.plays(to(location.format(port=server.port)), FINE)
    if location == "":  # an empty one is the address itself: a loop
        server.plays(to(location))
    with pytest.raises(FetchError, match="redirect") as caught:
        send(client_of(server, timer))
    assert not caught.value.retryable
    assert len(server.asked) == (1 if location else MAX_REDIRECTS + 1)


def test_a_redirect_loop_ends(server: LyingServer, timer: Timer) -> None:
    server.plays(lambda asked: to("/b" if asked.target == "/rest" else "/rest"))
    with pytest.raises(FetchError, match="more than 5 times"):
        send(client_of(server, timer))
    assert len(server.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_form_with_a_key_in_it_is_never_redirected(status: int, server: LyingServer) -> None:
    server.plays(to(f"https://{CLINICALTRIALS}/", status), FINE)
    with pytest.raises(FetchError, match="not followed"):
        send(
            client_of(server, settings=HttpSettings(ncbi_key=KEY)),
            Request(f"https://{NCBI}/x", Format.JSON, form=(("db", "pubmed"),)),
        )
    assert len(server.asked) == 1


# --- who asks, and what stays secret --------------------------------------------------------------------------------

KEY = "sesame0123456789"


def test_a_request_says_who_asks_and_carries_no_more(server: LyingServer) -> None:
    server.plays(as_json({}, headers=[("Set-Cookie", "a=b")]), FINE)
    with client_of(server, settings=HttpSettings("Osler/9.9", "a.b@example.org")) as client:
        client.send(ASK, lambda reply: reply)
        client.send(ASK, lambda reply: reply)
    for asked in server.asked:
        assert asked.headers["user-agent"] == "Osler/9.9 (+mailto:a.b@example.org)"
        assert sorted(asked.headers) == ["accept", "accept-encoding", "host", "user-agent"]


def test_the_ncbi_key_goes_into_the_form_and_to_ncbi_only(server: LyingServer) -> None:
    settings = HttpSettings(email="a@example.org", ncbi_key=KEY, openfda_key="other")
    with client_of(server, settings=settings) as client:
        for host in (NCBI, EUROPEPMC):
            client.send(Request(f"https://{host}/x", Format.JSON, form=(("db", "pubmed"),)), lambda reply: reply)
    ncbi, other = server.asked
    assert (ncbi.method, ncbi.target) == ("POST", "/x")
    assert ncbi.params == {"db": "pubmed", "tool": "osler", "email": "a@example.org", "api_key": KEY}
    assert KEY not in str(ncbi.headers)
    assert other.params == {"db": "pubmed"}


def test_the_openfda_key_is_a_header_to_openfda_only_also_after_a_redirect(server: LyingServer) -> None:
    server.plays(to(f"https://{EUROPEPMC}/"), FINE)
    send(client_of(server, settings=HttpSettings(openfda_key=KEY)), Request(f"https://{OPENFDA}/x", Format.JSON))
    first, second = server.asked
    assert first.headers["authorization"] == "Basic c2VzYW1lMDEyMzQ1Njc4OTo="
    assert KEY not in first.target
    assert "authorization" not in second.headers


@pytest.mark.parametrize(
    "script",
    [answer(403), answer(503), answer(200, b"<html>", "text/html"), b"", to("https://example.org/"), answer(200, b"{", length=9)],
    ids=["403", "503", "html", "nothing", "redirect", "cut"],
)
@pytest.mark.parametrize("host", [NCBI, OPENFDA])
def test_a_key_and_a_search_are_in_no_error_and_no_log(
    script: bytes, host: str, server: LyingServer, timer: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = HttpSettings(ncbi_key=KEY, openfda_key=KEY)
    form = (("term", "purple urine"),) if host == NCBI else None
    params = (("search", "purple urine"),) if host == OPENFDA else ()
    server.plays(script)
    with pytest.raises(FetchError) as caught:
        send(client_of(server, timer, settings), Request(f"https://{host}/x", Format.JSON, params, form))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(settings) + repr(caught.value)
    for secret in (KEY, "c2VzYW1l", "purple"):
        assert secret not in told
    assert host in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"email": "a@example.org\r\nX: y"},
        {"email": "nobody"},
        {"email": "a b@example.org"},
        {"email": "a)@example.org"},
        {"ncbi_key": "a&b=c"},
        {"ncbi_key": ""},
        {"openfda_key": "a:b"},
        {"openfda_key": "kéy"},
        {"tool": "os ler"},
        {"product": "Osler\r\n"},
    ],
)
def test_settings_that_could_not_be_sent_as_they_are_are_refused_without_being_repeated(settings: dict[str, str]) -> None:
    with pytest.raises(UserError) as caught:
        HttpSettings(**settings)  # type: ignore[arg-type]
    value = next(iter(settings.values()))
    assert not value or value not in str(caught.value)


@given(st.text(max_size=60).filter(lambda text: text.isprintable()))
def test_no_search_text_becomes_a_header_or_a_second_request(text: str) -> None:
    wire = Wire()
    written: list[bytes] = []

    class Spy(WireStream):
        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            written.append(buffer)

    wire.connect_tcp = lambda *given, **named: Spy(wire)  # type: ignore[method-assign]
    request = Request(URL, Format.JSON, (("query", f"{text}\r\nX-Injected: 1\r\n\r\nGET / HTTP/1.1"),))
    send(Client(HttpSettings(), network=wire, resolver=lambda host: ["8.8.8.8"]), request)
    head = b"".join(written)
    assert head.count(b"\r\n\r\n") == 1
    assert b"\r\nX-Injected" not in head
    assert head.startswith(b"GET /rest?query=")


# --- conditional requests -------------------------------------------------------------------------------------------


def remembering(server: LyingServer, directory: Path) -> Client:
    return client_of(server, settings=HttpSettings(cache=directory))


def test_what_has_not_changed_is_not_sent_again(server: LyingServer, tmp_path: Path) -> None:
    kept = as_json(
        {"n": 7}, headers=[("ETag", '"v1"'), ("Last-Modified", "Tue, 01 Sep 2026 10:00:00 GMT"), ("Link", "<x>; rel=next")]
    )
    server.plays(kept, answer(304), as_json({"n": 8}, headers=[("ETag", '"v2"')]), answer(304))
    replies = [send(remembering(server, tmp_path / "cache")) for _ in range(4)]
    assert [json_object(r.body, "")["n"] for r in replies] == [7, 7, 8, 8]
    assert [r.from_cache for r in replies] == [False, True, False, True]
    assert replies[1].links == replies[0].links == "<x>; rel=next"
    assert [a.headers.get("if-none-match") for a in server.asked] == [None, '"v1"', '"v1"', '"v2"']
    assert [a.headers.get("if-modified-since") for a in server.asked] == [None, *["Tue, 01 Sep 2026 10:00:00 GMT"] * 2, None]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data.replace(b'"n": 7', b'"n": 9'),
        lambda data: data.replace(b'{"n": 7}', b'{"n": 7}!'),
        lambda data: b"[" * 100_000,
        lambda data: b"{}\n",
        lambda data: b"\xff\xfe\x00" + data,
        lambda data: data.replace(b"/rest", b"/best"),
        lambda data: data.replace(b"v1", b"v\\u000d"),
    ],
)
def test_a_damaged_cache_entry_is_a_miss(damage: object, server: LyingServer, tmp_path: Path) -> None:
    server.plays(as_json({"n": 7}, headers=[("ETag", '"v1"')]))
    send(remembering(server, tmp_path))
    [file] = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert json_object(send(remembering(server, tmp_path)).body, "") == {"n": 7}
    assert "if-none-match" not in server.asked[-1].headers
    [file] = tmp_path.iterdir()
    assert send(remembering(server.plays(answer(304)), tmp_path)).from_cache


@pytest.mark.parametrize("etag", ["", '"caf\xe9"', '"' + "x" * 600 + '"'])
def test_without_a_validator_that_can_be_sent_nothing_is_kept(etag: str, server: LyingServer, tmp_path: Path) -> None:
    server.plays(as_json({"n": 7}, headers=[("ETag", etag)] if etag else []))
    send(remembering(server, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_condition_is_for_the_address_it_came_from(server: LyingServer, tmp_path: Path) -> None:
    server.plays(as_json({"n": 7}, headers=[("ETag", '"v1"')]), to("/elsewhere"), as_json({"n": 8}))
    replies = [send(remembering(server, tmp_path)) for _ in range(2)]
    assert [json_object(r.body, "")["n"] for r in replies] == [7, 8]
    assert [a.headers.get("if-none-match") for a in server.asked] == [None, '"v1"', None]


def test_neither_a_form_nor_what_could_not_be_read_is_kept(server: LyingServer, tmp_path: Path) -> None:
    server.plays(as_json({"n": 7}, headers=[("ETag", '"v1"')]))
    send(remembering(server, tmp_path), Request(f"https://{NCBI}/x", Format.JSON, form=(("db", "pubmed"),)))

    def read(reply: Reply) -> None:
        raise FetchError("of another shape")

    with pytest.raises(FetchError, match="another shape"), remembering(server, tmp_path) as client:
        client.send(ASK, read)
    assert list(tmp_path.iterdir()) == []


def test_what_was_kept_but_cannot_be_read_is_dropped(server: LyingServer, tmp_path: Path) -> None:
    server.plays(as_json({"n": 7}, headers=[("ETag", '"v1"')]), answer(304), as_json({"n": 8}))
    send(remembering(server, tmp_path))

    def read(reply: Reply) -> bytes:
        if reply.from_cache:
            raise FetchError("cut", retryable=True)
        return reply.body

    with remembering(server, tmp_path) as client:
        assert client.send(ASK, read) == b'{"n": 8}'
    assert "if-none-match" not in server.asked[-1].headers


def test_a_cache_that_cannot_be_written_is_no_error(server: LyingServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    server.plays(as_json({"n": 7}, headers=[("ETag", '"v1"')]))
    assert send(remembering(server, tmp_path / "file" / "cache")).status == 200


# --- the error itself -----------------------------------------------------------------------------------------------


def test_nobody_listening_is_a_fetch_error() -> None:
    with LyingServer() as gone:
        port = gone.port
    client = Client(HttpSettings(), hosts={EUROPEPMC: 0.0}, loopback={EUROPEPMC: port}, clock=Clock(sleep=lambda s: None))
    with pytest.raises(FetchError, match="could not be reached") as caught:
        send(client)
    assert isinstance(caught.value, SourceError)
    assert caught.value.exit_code == 3
    assert caught.value.retryable


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{", "NaN{", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), '{"a":' * 50_000]
)
def test_json_that_cannot_be_read_is_a_fetch_error(text: str) -> None:
    with pytest.raises(FetchError, match="cannot be read"):
        json_object(text.encode("latin-1"), "x")


@given(st.text(max_size=40))
def test_any_retry_after_is_a_time_to_wait_or_none(header: str) -> None:
    seconds = retry_after_s(header, NOW_S)
    assert seconds is None or seconds >= 0


def test_xml_of_a_post_arrives(server: LyingServer) -> None:
    server.plays(as_xml("<a/>"))
    request = Request(f"https://{NCBI}/x", Format.XML, form=(("id", "1,2"), ("term", "a&b=c é")))
    assert send(client_of(server), request).body == b"<a/>"
    assert server.asked[0].params == {"id": "1,2", "term": "a&b=c é", "tool": "osler"}
