"""What holds for every page: nothing from outside runs, nothing leaks, nothing is taken from elsewhere, nothing is too big."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from osler.article.assemble import assemble  # noqa: F401 - the page of an article is made from what this gives
from osler.domain.answer import Notice, NoticeKind
from osler.domain.article import Article
from osler.domain.request import Request
from osler.pipeline import Library, ask
from osler.web import asking as asking_module
from osler.web.app import create_app
from osler.web.markup import markdown, safe_html
from osler.web.security import COOKIE, Session, is_own
from osler.web.serving import Serving
from osler.web.site import EVERYBODY
from osler.web.stream import event
from web_client import BACLOFEN, Reader, events

WEB = Path(__file__).parents[1] / "src" / "osler" / "web"
HOSTILE = "\"><script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)>'}}{{7*7}}"


@pytest.fixture(scope="module")
def app(library: Library) -> FastAPI:
    return create_app(library.settings)


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(app)


def paths(reader: Reader) -> list[str]:
    address = reader.ask()
    return [
        "/",
        "/policy",
        address,
        f"{address}/check/c1",
        f"{address}/check/c1/part",
        f"{address}/export/json",
        "/a/none",
        "/none",
    ]


def test_every_answer_carries_the_headers(reader: Reader) -> None:
    for path in paths(reader):
        headers = reader.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert ("noindex" in headers["x-robots-tag"]) is (path != "/policy"), path


def test_pages_hold_nothing_that_the_policy_would_stop_or_that_is_fetched_from_elsewhere(reader: Reader) -> None:
    for path in paths(reader)[:5]:
        page = reader.get(path).text
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", page)
        assert re.findall(r"<script(?![^>]* src=\"/static/)", page) == []
        assert all(a.startswith("/static/") for a in re.findall(r'<(?:script|img|link|iframe)[^>]* (?:src|href)="([^"]+)"', page))


def test_templates_mark_nothing_safe_but_pieces_that_were_escaped_already() -> None:
    safe = [(f.name, line.strip()) for f in sorted(WEB.rglob("*.html")) for line in f.read_text().splitlines() if "safe" in line]
    assert safe == [("article.html", "{% for piece in pieces %}{{ piece|safe }}{% endfor %}")]
    assert not re.search(r"https?://", (WEB / "static" / "osler.js").read_text())
    assert not re.search(r"url\(|@import", (WEB / "static" / "osler.css").read_text())


def test_a_hostile_question_is_text_on_every_page(reader: Reader) -> None:
    address = reader.ask(f"Is baclofen safe on dialysis? {HOSTILE}")
    for path in ("/", address, f"{address}/check/c1"):
        page = reader.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "{{7*7}}" in reader.get(address).text
    refused = reader.post("/ask", question=HOSTILE * 60).text
    assert "<script>alert" not in refused


def hostile_article(article: Article) -> Article:
    """Every text that a source or a composer wrote, hostile."""
    claims = tuple(
        replace(
            c, text=f"{c.text} {HOSTILE}", reasons=(HOSTILE,),
            citations=tuple(replace(k, design=HOSTILE, population=HOSTILE, note=HOSTILE, to_check=HOSTILE) for k in c.citations),
        )
        for c in article.claims
    )  # fmt: skip
    return replace(
        article, title=HOSTILE, claims=claims, gaps=(HOSTILE,), clarifying_questions=(HOSTILE,), byline=HOSTILE, disclaimer=HOSTILE,
        how_to_cite=HOSTILE, notices=(Notice(NoticeKind.RED_FLAG, HOSTILE, HOSTILE),),
        references=tuple(replace(r, title=HOSTILE, authors=HOSTILE, container=HOSTILE, doi=None, pmid=None, url="javascript:alert(1)") for r in article.references),
        options=tuple(replace(o, intervention=HOSTILE, verdict=HOSTILE) for o in article.options),
        dose_table=tuple(replace(d, dose=HOSTILE, population=HOSTILE, applies=HOSTILE) for d in article.dose_table),
    )  # fmt: skip


def test_hostile_sources_are_text_too(library: Library) -> None:
    app = create_app(library.settings)
    app.state.site.serving = Serving(demo=True)
    app.state.site.shelf.put(EVERYBODY, "hostile", hostile_article(ask(library, BACLOFEN)), Request((HOSTILE,)))
    reader = Reader(app)
    for path in ("/", "/a/hostile", "/a/hostile/check/c1", "/a/hostile/check/c1/part"):
        answer = reader.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "javascript:" not in answer.text


@given(st.text(), st.sampled_from(["understood", "piece", "done"]))
def test_no_text_forges_an_event(text: str, name: str) -> None:
    forged = f"{text}\n\nevent: done\ndata: 1\r\r\u2028\u2029\x85{text}"
    sent = event(name, {"html": forged})
    assert events(sent.decode()) == [(name, {"html": forged})]
    assert sent.count(b"\n") == 3
    assert b"\r" not in sent


@pytest.mark.parametrize("name", ["a b", "x\ndata: 1", "", "x:"])
def test_the_name_of_an_event_is_one_word(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        event(name, 1)


def test_a_streamed_question_with_line_ends_stays_inside_its_event(reader: Reader) -> None:
    got = reader.stream('Is baclofen safe on dialysis?\n\nevent: done\ndata: {"url": "https://evil.example"}')
    assert [n for n, _ in got][:2] == ["understood", "evidence"]
    assert [v["url"] for n, v in got if n == "done"] == [got[-1][1]["url"]]
    assert got[-1][1]["url"].startswith("/a/")


def test_the_stream_is_the_page_in_pieces(reader: Reader) -> None:
    got = reader.stream()
    page = reader.get(got[-1][1]["url"]).text
    for name, value in got:
        if name == "piece":
            assert value.strip() in page


def test_a_form_from_elsewhere_is_refused(app: FastAPI, reader: Reader) -> None:
    reader.get("/")
    for fields in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}):
        assert reader.client.post("/ask", data={"question": BACLOFEN, **fields}).status_code == 403
    other = Reader(app)
    other.get("/")
    reader.csrf, kept = other.csrf, reader.csrf
    assert reader.post("/ask", question=BACLOFEN).status_code == 403
    reader.csrf = kept
    for header in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}):
        assert reader.post("/ask", headers=header, question=BACLOFEN).status_code == 403
    for header in ({"sec-fetch-site": "same-origin"}, {"origin": "http://localhost"}, {"origin": "null"}):
        assert reader.post("/ask", headers=header, question=BACLOFEN).status_code == 303


def test_questions_do_not_travel_in_addresses(reader: Reader) -> None:
    assert reader.get(f"/ask?question={BACLOFEN}").status_code == 405
    assert "Wigglesworthian" not in reader.get("/?question=Wigglesworthian").text


def test_the_session_is_for_this_server_alone(library: Library, reader: Reader) -> None:
    cookie = reader.get("/").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "set-cookie" not in reader.get("/").headers
    behind_tls = Reader(create_app(library.settings, Serving(secure=True)), "https://localhost").get("/").headers
    assert "; Secure" in behind_tls["set-cookie"]
    assert behind_tls["strict-transport-security"]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", "[::2]"])
def test_another_name_is_refused(reader: Reader, host: str) -> None:
    assert reader.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8090", "127.0.0.1:1", "[::1]:8090", "[::1]"])
def test_its_own_names_are_answered(reader: Reader, host: str) -> None:
    assert reader.get("/", headers={"host": host}).status_code == 200


def test_too_much_is_not_read(reader: Reader) -> None:
    reader.get("/")
    assert reader.post("/ask", question="x" * 70_000).status_code == 413
    endless = ((b"question=" if n == 0 else b"x" * 1024) for n in range(200))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert reader.client.post("/ask", content=endless, headers=form).status_code == 413
    many = "&".join(f"a{n}=1" for n in range(2000))
    assert reader.client.post("/ask", content=many, headers=form).status_code in (400, 403)


def test_nothing_of_a_question_is_logged_even_when_answering_breaks(
    library: Library, reader: Reader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = "Wigglesworthian"

    def broken(*_: object) -> None:
        raise RuntimeError(f"cannot read {marker}")

    with caplog.at_level(logging.DEBUG):
        reader.ask(f"Is baclofen safe on dialysis for Mrs {marker}?")
        monkeypatch.setattr(asking_module, "answer", broken)
        answer = reader.post("/ask", question=f"Is baclofen safe for {marker}?")
    assert answer.status_code == 500
    assert marker not in answer.text
    assert "RuntimeError at" in caplog.text
    assert marker not in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "<img src=https://evil.example/a.png>", "![x](https://evil.example/a.png)", "<a href='javascript:alert(1)'>x</a>",
        "[x](javascript:alert(1))", "<svg onload=alert(1)>", "<p style='background:url(https://evil.example)'>x</p>", "<iframe src=https://evil.example>",
        "<a href=data:text/html,x>x</a>", "<form action=https://evil.example><input></form>", "<p onclick=x()>y</p>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    ],
)  # fmt: skip
def test_markup_of_others_does_nothing(text: str) -> None:
    for shown in (safe_html(text), markdown(text)):
        tags = re.findall(r"<[^>]+>", shown)
        assert not [
            t for t in tags if re.search(r"script|img|svg|style|iframe|form|input|\son\w+|javascript|data:|https:", t, re.I)
        ]


def test_harmless_markup_stays() -> None:
    shown = markdown("## Doses\n\n**5 mg**, see [the label](https://example.org/a)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    for kept in (
        "<h2>Doses</h2>",
        "<strong>5 mg</strong>",
        'href="https://example.org/a"',
        "noopener noreferrer nofollow",
        "<td>1</td>",
    ):
        assert kept in shown


def test_a_token_is_compared_whole() -> None:
    from starlette.datastructures import Headers

    session = Session("owner", "a" * 64)
    assert is_own(Headers({}), "a" * 64, session)
    assert not is_own(Headers({}), "a" * 63, session)
