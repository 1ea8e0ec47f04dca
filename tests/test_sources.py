"""A query is read and stored as it was meant; each source is asked as it documents, page by page, and nothing is lost in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lying_server import Asked, LyingServer, answer, as_json, as_xml
from osler.errors import FetchError, InputFileError
from osler.sources.fetch import fetch
from osler.sources.http import DAILYMED, EUROPEPMC, INTERVALS_S, NCBI, Client, Clock, HttpSettings
from osler.sources.openfda import next_cursor
from osler.sources.paging import Fetched, Missing, parse_token, token
from osler.sources.query import MAX_IDS, MAX_WORDS_CHARACTERS, Query, Source, is_query, parse_query

SET_ID = "0a1b2c3d-0000-4000-8000-00000000000{}"
SINCE = date(2026, 9, 3)


# --- queries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "canonical", "ids"),
    [
        ("pubmed:baclofen AND  renal insufficiency ", "pubmed:baclofen AND renal insufficiency", ()),
        ("PubMed: 12345678", "pubmed:12345678", ("12345678",)),
        ("pubmed:0031, 7 31,,200", "pubmed:7,31,200", ("7", "31", "200")),
        ("pubmed:2024[dp] AND 5", "pubmed:2024[dp] AND 5", ()),
        ("pubmed:1234567890", "pubmed:1234567890", ()),
        ("europepmc:pmc20 PMC3", "europepmc:PMC3,PMC20", ("PMC3", "PMC20")),
        ("europepmc:31", "europepmc:31", ()),
        ("openfda:label:Gabapentin", "openfda:label:Gabapentin", ()),
        ("openfda: LABEL : openfda.route:ORAL", "openfda:label:openfda.route:ORAL", ()),
        (f"openfda:label:{SET_ID.format(1).upper()}", f"openfda:label:{SET_ID.format(1)}", (SET_ID.format(1),)),
        ("dailymed:gabapentin enacarbil", "dailymed:gabapentin enacarbil", ()),
        (f"dailymed:{SET_ID.format(1)}", f"dailymed:{SET_ID.format(1)}", (SET_ID.format(1),)),
        ("clinicaltrials:nct01234567", "clinicaltrials:NCT01234567", ("NCT01234567",)),
        ("clinicaltrials:NCT0123456 cramps", "clinicaltrials:NCT0123456 cramps", ()),
        ("pubmed:1٢٣", "pubmed:1٢٣", ()),
    ],
)
def test_a_query_is_read_and_has_one_spelling(typed: str, canonical: str, ids: tuple[str, ...]) -> None:
    query = parse_query(typed)
    assert (str(query), query.ids) == (canonical, ids)
    assert parse_query(str(query)) == query


@given(st.sampled_from(list(Source)), st.text(min_size=1, max_size=80))
def test_what_is_stored_can_be_asked_again(source: Source, text: str) -> None:
    try:
        query = parse_query(f"{source}:label:{text}" if source is Source.OPENFDA else f"{source}:{text}")
    except InputFileError:
        return
    assert parse_query(str(query)) == query
    assert query.source is source


@pytest.mark.parametrize("text", ["pubmd:baclofen", "pubmed baclofen", "", "medline:x", "http://pubmed:12", "C:pubmed"])
def test_an_unknown_source_is_named_with_those_that_are_known(text: str) -> None:
    with pytest.raises(InputFileError, match="pubmed:, europepmc:, openfda:, dailymed:, clinicaltrials:"):
        parse_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "pubmed:",
        "pubmed:  ",
        "openfda:label:",
        "openfda:gabapentin",
        "openfda:event:gabapentin",
        "pubmed:a\x00b",
        "pubmed:a\u202eb",
        "pubmed:a\udcffb",
        "pubmed:" + "a" * (MAX_WORDS_CHARACTERS + 1),
        "pubmed:" + ",".join(str(n) for n in range(1, MAX_IDS + 2)),
    ],
)
def test_what_cannot_be_asked_is_an_error_of_the_user(text: str) -> None:
    with pytest.raises(InputFileError, match=r"^(pubmed|openfda): "):
        parse_query(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pubmed:x", True),
        ("PUBMED:x", True),
        ("pubmd:x", True),
        ("notes.txt", False),
        ("C:\\notes.txt", False),
        ("./pubmed:x", False),
        ("https://example.org/a.xml", False),
        ("", False),
    ],
)
def test_a_query_looks_like_one(text: str, expected: bool) -> None:
    assert is_query(text) is expected


def test_a_query_without_anything_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="words or ids"):
        Query(Source.PUBMED)


@given(st.integers(0, 10**9), st.text(max_size=50))
def test_a_resume_token_comes_back(position: int, cursor: str) -> None:
    assert parse_token(token(position, cursor)) == (position, cursor)


@pytest.mark.parametrize("text", ["", "5", "x|y", "-1|", "|", "²|", "9" * 20 + "|"])
@pytest.mark.parametrize(
    "query", ["pubmed:x", "pubmed:12", "europepmc:x", "europepmc:PMC1", "dailymed:x", "clinicaltrials:NCT01234567"]
)
def test_a_token_that_is_none_is_an_error_of_the_user(text: str, query: str, server: LyingServer) -> None:
    with pytest.raises(InputFileError, match="token"):
        run(server, query, resume=text)
    assert server.asked == []


# --- the sources, played --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared_server() -> Iterator[LyingServer]:
    with LyingServer() as running:
        yield running


@pytest.fixture
def server(shared_server: LyingServer) -> LyingServer:
    return shared_server.plays(answer(500))


def run(
    server: LyingServer, text: str, limit: int = 1_000, since: date | None = None, resume: str | None = None
) -> list[Fetched | Missing]:
    client = Client(
        HttpSettings(email="a@example.org"),
        hosts=dict.fromkeys(INTERVALS_S, 0.0),
        loopback=dict.fromkeys(INTERVALS_S, server.port),
        clock=Clock(sleep=lambda s: None),
    )
    with client:
        return list(fetch(parse_query(text), client, limit, since, resume))


def got(results: list[Fetched | Missing]) -> list[Fetched]:
    return [r for r in results if isinstance(r, Fetched)]


def missing(results: list[Fetched | Missing]) -> list[Missing]:
    return [r for r in results if isinstance(r, Missing)]


def articles(pmids: list[int]) -> str:
    """Each cites another record, whose PMID must not be taken for one that came."""
    one = '<PubmedArticle><MedlineCitation Status="X"><PMID Version="1">{}</PMID><Cites><PMID>9</PMID></Cites></MedlineCitation></PubmedArticle>'
    return "<PubmedArticleSet>" + "".join(one.format(p) for p in pmids) + "</PubmedArticleSet>"


def pubmed(total: int, drop: tuple[int, ...] = ()) -> Callable[[Asked], bytes]:
    """A PubMed whose search matches records 1001, 1002 and so on."""

    def play(asked: Asked) -> bytes:
        if asked.path.endswith("esearch.fcgi"):
            return as_json({"esearchresult": {"count": str(total), "querykey": "1", "webenv": "MCID_x,y|z", "idlist": []}})
        if "id" in asked.params:
            wanted = [int(i) for i in asked.params["id"].split(",")]
        else:
            start, size = int(asked.params["retstart"]), int(asked.params["retmax"])
            wanted = list(range(1001 + start, 1001 + min(total, start + size)))
        return as_xml(articles([p for p in wanted if p not in drop]))

    return play


def test_a_pubmed_search_is_kept_by_ncbi_and_fetched_in_batches_of_200(server: LyingServer) -> None:
    results = run(server.plays(pubmed(450)), "pubmed:baclofen AND kidney")
    assert [(r.name, r.position, r.total, r.format) for r in got(results)] == [
        ("pubmed, records 1 to 200", 200, 450, "pubmed"),
        ("pubmed, records 201 to 400", 400, 450, "pubmed"),
        ("pubmed, records 401 to 450", 450, 450, "pubmed"),
    ]
    assert missing(results) == []
    search, *batches = server.asked
    assert (search.method, search.path) == ("POST", "/entrez/eutils/esearch.fcgi")
    who = {"db": "pubmed", "tool": "osler", "email": "a@example.org"}
    assert search.params == who | {"term": "baclofen AND kidney", "usehistory": "y", "retmax": "0", "retmode": "json"}
    assert [b.params["retstart"] for b in batches] == ["0", "200", "400"]
    assert batches[2].params == who | {
        "retmode": "xml",
        "query_key": "1",
        "WebEnv": "MCID_x,y|z",
        "retstart": "400",
        "retmax": "50",
    }


def test_the_limit_counts_records(server: LyingServer) -> None:
    results = run(server.plays(pubmed(450)), "pubmed:x", limit=250)
    assert [r.position for r in got(results)] == [200, 250]
    assert server.asked[-1].params["retmax"] == "50"
    assert missing(results) == []


@pytest.mark.parametrize(
    ("query", "play", "limit"),
    [
        ("pubmed:x", pubmed(450), 1_000),
        ("pubmed:" + ",".join(str(n) for n in range(1, 451)), pubmed(450), 420),
    ],
)
def test_a_pubmed_fetch_goes_on_behind_any_reply(
    query: str, play: Callable[[Asked], bytes], limit: int, server: LyingServer
) -> None:
    whole = got(run(server.plays(play), query, limit))
    assert whole[-1].resume is None
    for done in range(1, len(whole)):
        rest = got(run(server.plays(play), query, limit, resume=whole[done - 1].resume))
        assert rest == whole[done:]
        assert all(not a.path.endswith("esearch.fcgi") for a in server.asked)


@pytest.mark.parametrize(
    "lost",
    [
        answer(400, b'{"error":"Unable to obtain query #1"}'),
        as_xml("<eFetchResult><ERROR>Can not retrieve history data</ERROR></eFetchResult>"),
    ],
)
def test_a_search_that_ncbi_has_forgotten_is_made_anew(lost: bytes, server: LyingServer) -> None:
    play = pubmed(450)
    second = got(run(server.plays(play), "pubmed:x"))[1]
    forgotten = lambda asked: play(asked) if asked.params.get("WebEnv") != "old" else lost  # noqa: E731
    assert second.resume is not None
    results = run(server.plays(forgotten), "pubmed:x", resume=second.resume.replace("MCID_x,y|z", "old"))
    assert [r.position for r in got(results)] == [200, 400, 450]


def test_a_search_that_is_lost_on_the_way_is_an_error_worth_another_try(server: LyingServer) -> None:
    server.plays(pubmed(450), answer(400, b"Unable to obtain query #1"))
    with pytest.raises(FetchError, match="has not got the search") as caught:
        run(server, "pubmed:x")
    assert caught.value.retryable


def test_since_asks_for_records_changed_from_that_day_on(server: LyingServer) -> None:
    run(server.plays(pubmed(0)), "pubmed:a OR b", since=SINCE)
    assert server.asked[0].params["term"] == '(a OR b) AND ("2026/09/03"[mdat] : "3000"[mdat])'


def test_records_by_number_that_do_not_come_are_named(server: LyingServer) -> None:
    results = run(server.plays(pubmed(0, drop=(7, 9))), "pubmed:5,7,9,31")
    assert [r.position for r in got(results)] == [4]
    assert missing(results) == [Missing("pmid:7", "PubMed sent no such record"), Missing("pmid:9", "PubMed sent no such record")]
    assert [a.path for a in server.asked] == ["/entrez/eutils/efetch.fcgi"]


def test_a_batch_that_is_short_is_reported(server: LyingServer) -> None:
    results = run(server.plays(pubmed(210, drop=(1002, 1003))), "pubmed:x")
    assert missing(results) == [Missing("pubmed, records 1 to 200", "PubMed sent 198 of 200 records")]


def test_a_search_beyond_pubmed_s_reach_says_what_it_left_out(server: LyingServer) -> None:
    results = run(server.plays(pubmed(12_000)), "pubmed:x", limit=20_000)
    assert got(results)[-1].position == 9_999
    assert got(results)[-1].resume is None
    [note] = missing(results)
    assert "9,999 of the 12,000" in note.reason


def test_a_word_that_pubmed_left_out_is_said(server: LyingServer) -> None:
    found = {
        "count": "0",
        "querykey": "1",
        "webenv": "w",
        "errorlist": {"phrasesnotfound": ["baclofenn"], "fieldsnotfound": []},
        "warninglist": {"quotedphrasesnotfound": ['"purple spasm"'], "phrasesignored": ["and"]},
    }
    results = run(server.plays(as_json({"esearchresult": found})), "pubmed:baclofenn AND dialysis")
    assert [m.reason for m in missing(results)] == [
        "PubMed does not know 'baclofenn' and searched without it",
        "PubMed does not know '\"purple spasm\"' and searched without it",
    ]


@pytest.mark.parametrize(
    ("reply", "match"),
    [
        (as_json({"esearchresult": {"ERROR": "Search Backend failed"}}), "could not make the search"),
        (as_json({"esearchresult": {"count": "many", "querykey": "1", "webenv": "w"}}), "another shape"),
        (as_json({"esearchresult": {"count": "3", "querykey": "1&x", "webenv": "w"}}), "another shape"),
        (as_json({"esearchresult": {"count": "3", "querykey": "1"}}), "another shape"),
        (as_json({"esearchresult": None}), "another shape"),
        (as_json([]), "not an object"),
        (answer(200, b'{"esearchresult":'), "cannot be read"),
        (as_json({"error": "API key invalid", "api-key": "k"}, 400), "does not accept the NCBI key"),
        (as_json({"error": "something"}, 400), "refused the request"),
    ],
)
def test_a_pubmed_search_that_failed_is_never_an_empty_result(reply: bytes, match: str, server: LyingServer) -> None:
    with pytest.raises(FetchError, match=match):
        run(server.plays(reply), "pubmed:x")


@pytest.mark.parametrize("tail", ["</PubmedArticle>", "", "<PubmedArticle>"])
def test_records_without_their_end_are_fetched_again(tail: str, server: LyingServer) -> None:
    whole = articles([5])
    server.plays(as_xml(whole.replace("</PubmedArticleSet>", tail)), as_xml(whole))
    assert got(run(server, "pubmed:5"))[0].data == whole.encode()
    assert len(server.asked) == 2


# --- sources in JSON pages ------------------------------------------------------------------------------------------


def europepmc(total: int) -> Callable[[Asked], bytes]:
    def play(asked: Asked) -> bytes:
        mark = asked.params["cursorMark"]
        start, size = (0 if mark == "*" else int(mark[2:])), int(asked.params["pageSize"])
        here = [{"id": str(n), "source": "MED"} for n in range(start, min(total, start + size))]
        onward = f"A/{start + size}" if start + size < total else mark
        return as_json({"hitCount": total, "nextCursorMark": onward, "resultList": {"result": here}})

    return play


def openfda(total: int) -> Callable[[Asked], bytes]:
    def play(asked: Asked) -> bytes:
        start, size = int(asked.params.get("search_after", "0=0").partition("=")[2]), int(asked.params["limit"])
        here = [{"set_id": str(n)} for n in range(start, min(total, start + size))]
        if not here:
            return as_json({"error": {"code": "NOT_FOUND", "message": "No matches"}}, 404)
        link = f'<https://elsewhere.example/?limit={size}&skip=0&search_after=0%3D{start + size}>; rel="next"'
        return as_json({"meta": {"results": {"total": total}}, "results": here}, headers=[("Link", link)])

    return play


def clinicaltrials(total: int) -> Callable[[Asked], bytes]:
    def play(asked: Asked) -> bytes:
        start, size = int(asked.params.get("pageToken", "t0")[1:]), int(asked.params["pageSize"])
        here = [study(f"NCT{n:08}") for n in range(start, min(total, start + size))]
        first = {"totalCount": total} if start == 0 else {}
        onward = {"nextPageToken": f"t{start + size}"} if start + size < total else {}
        return as_json({"studies": here} | first | onward)

    return play


def study(nct: str, *aliases: str) -> dict[str, object]:
    return {"protocolSection": {"identificationModule": {"nctId": nct, "nctIdAliases": list(aliases)}}}


PAGED = [
    ("europepmc:back spasm", europepmc, 100, "europepmc"),
    ("openfda:label:gabapentin", openfda, 25, "openfda"),
    ("clinicaltrials:uremic pruritus", clinicaltrials, 20, "clinicaltrials"),
]


@pytest.mark.parametrize(("query", "source", "size", "style"), PAGED)
def test_pages_follow_each_other_to_the_end(
    query: str, source: Callable[[int], Callable[[Asked], bytes]], size: int, style: str, server: LyingServer
) -> None:
    for total, expected in [
        (0, []),
        (1, [1]),
        (size, [size]),
        (size + 1, [size, size + 1]),
        (3 * size, [size, 2 * size, 3 * size]),
    ]:
        results = run(server.plays(source(total)), query)
        assert [r.position for r in got(results)] == expected
        assert {(r.total, r.format) for r in got(results)} <= {(total, style), (None, style)}
        assert missing(results) == []


@pytest.mark.parametrize(("query", "source", "size", "style"), PAGED)
def test_paged_sources_keep_the_limit_and_go_on_behind_any_reply(
    query: str, source: Callable[[int], Callable[[Asked], bytes]], size: int, style: str, server: LyingServer
) -> None:
    limit = 2 * size + 3
    whole = got(run(server.plays(source(9 * size)), query, limit))
    assert [r.position for r in whole] == [size, 2 * size, limit]
    assert whole[-1].resume is None
    for done in (1, 2):
        rest = got(run(server.plays(source(9 * size)), query, limit, resume=whole[done - 1].resume))
        assert [(r.data, r.position) for r in rest] == [(r.data, r.position) for r in whole[done:]]


@pytest.mark.parametrize(("query", "source", "size", "style"), PAGED)
def test_a_source_that_stops_early_is_reported(
    query: str, source: Callable[[int], Callable[[Asked], bytes]], size: int, style: str, server: LyingServer
) -> None:
    honest, short = source(3 * size), source(size + 1)

    def stops(asked: Asked) -> bytes:
        return (honest if not any(k in asked.target for k in ("A%2F", "search_after", "pageToken")) else short)(asked)

    results = run(server.plays(stops), query)
    [note] = missing(results)
    assert note.record == query
    assert "announced" in note.reason


@pytest.mark.parametrize(
    ("query", "repeated"),
    [
        (
            "openfda:label:x",
            as_json({"results": [{}]}, headers=[("Link", '<https://api.fda.gov/?search_after=a>; rel="next"')]),
        ),
        ("clinicaltrials:x", as_json({"studies": [{}], "nextPageToken": "a"})),
    ],
)
def test_a_source_that_repeats_its_cursor_is_not_followed_for_ever(query: str, repeated: bytes, server: LyingServer) -> None:
    with pytest.raises(FetchError, match="same page twice"):
        run(server.plays(repeated), query)
    assert len(server.asked) == 2


def test_more_than_was_asked_for_is_refused(server: LyingServer) -> None:
    with pytest.raises(FetchError, match="21 records where 20"):
        run(server.plays(as_json({"studies": [{}] * 21})), "clinicaltrials:x")


@pytest.mark.parametrize(
    ("query", "reply"),
    [
        ("europepmc:x", as_json({"resultList": {"result": {}}})),
        ("europepmc:x", as_json({"resultList": {"result": "none"}})),
        ("openfda:label:x", as_json({"results": 5})),
        ("clinicaltrials:x", as_json({"studies": "none"})),
        ("dailymed:x", as_json({"data": "none", "metadata": {"total_elements": 0}})),
        ("dailymed:x", as_json({"data": []})),
        ("europepmc:x", answer(200, b"[" * 100_000)),
        ("openfda:label:x", as_json({"error": {"code": "ROUTE_NOT_FOUND"}}, 404)),
        ("openfda:label:x", answer(404, b"<html>gone", "text/html")),
    ],
)
def test_an_answer_of_another_shape_is_an_error_not_an_empty_result(query: str, reply: bytes, server: LyingServer) -> None:
    with pytest.raises(FetchError):
        run(server.plays(reply), query)


def test_europepmc_is_asked_as_documented(server: LyingServer) -> None:
    run(server.plays(europepmc(150)), "europepmc:a OR b", since=SINCE)
    first, second = server.asked
    assert (first.method, first.path) == ("GET", "/europepmc/webservices/rest/search")
    assert first.params == {
        "query": "(a OR b) AND UPDATE_DATE:[2026-09-03 TO 3000-12-31]",
        "resultType": "core",
        "format": "json",
        "pageSize": "100",
        "cursorMark": "*",
    }
    assert second.params == first.params | {"cursorMark": "A/100"}


def test_full_texts_come_by_pmc_number_and_what_is_not_open_is_said(server: LyingServer) -> None:
    server.plays(
        as_xml("<article><p>one</p></article>"), answer(404, b"", "text/html"), as_xml("<article><p>three</p></article>\n")
    )
    results = run(server, "europepmc:PMC3,PMC1,PMC2")
    assert [a.path for a in server.asked] == [f"/europepmc/webservices/rest/PMC{n}/fullTextXML" for n in (1, 2, 3)]
    assert [(r.format, r.position, r.total) for r in got(results)] == [("jats", 1, 3), ("jats", 3, 3)]
    assert missing(results) == [Missing("PMC2", "Europe PMC has no open full text of it")]
    run(server.plays(as_xml("<p></article>")), "europepmc:PMC3,PMC1,PMC2", limit=2, resume=got(results)[0].resume)
    assert [a.path for a in server.asked] == ["/europepmc/webservices/rest/PMC2/fullTextXML"]


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("europepmc:PMC1,PMC2", "<article><p>one</p></article>\n"),
        (f"dailymed:{SET_ID.format(1)},{SET_ID.format(2)}", "<x:document><text>one</text></x:document >"),
    ],
)
def test_a_document_without_its_end_is_fetched_again_and_in_the_end_left_out(query: str, whole: str, server: LyingServer) -> None:
    cut = whole.rpartition("</")[0]
    assert len(got(run(server.plays(as_xml(cut), as_xml(whole)), query))) == 2
    results = run(server.plays(*[as_xml(cut)] * 5, as_xml(whole)), query)
    assert [r.data.decode() for r in got(results)] == [whole]
    [note] = missing(results)
    assert "without its end" in note.reason


@pytest.mark.parametrize(
    ("query", "since", "search"),
    [
        (
            'openfda:label:gaba "x" pentin\\',
            None,
            " ".join(
                f'{f}:"gaba  x  pentin"'
                for f in ("openfda.generic_name", "openfda.brand_name", "openfda.substance_name", "spl_product_data_elements")
            ),
        ),
        ("openfda:label:openfda.route:ORAL", SINCE, "(openfda.route:ORAL) AND effective_time:[20260903 TO 29991231]"),
        (f"openfda:label:{SET_ID.format(2)} {SET_ID.format(1)}", None, f'set_id:"{SET_ID.format(1)}" set_id:"{SET_ID.format(2)}"'),
    ],
)
def test_openfda_is_asked_as_documented(query: str, since: date | None, search: str, server: LyingServer) -> None:
    run(server.plays(openfda(30)), query, since=since)
    first, second, *_ = server.asked
    assert (first.method, first.path) == ("GET", "/drug/label.json")
    assert first.params == {"search": search, "limit": "25", "sort": "effective_time:desc"}
    assert second.params == first.params | {"search_after": "0=25"}
    assert second.headers["host"].startswith("api.fda.gov")  # not where the Link header points


@pytest.mark.parametrize(
    ("links", "cursor"),
    [
        ("", None),
        ('<https://api.fda.gov/drug/label.json?a=b&search_after=0%3D1%3B1%3Dx>; rel="next"', "0=1;1=x"),
        ("<https://x/?search_after=5>; rel=Next", "5"),
        ('<https://x/?search_after=1>; rel="prev", <https://x/?search_after=2>; rel="next"', "2"),
        ('<https://x/?skip=5>; rel="next"', None),
        ('<https://[::1/?search_after=5>; rel="next"', None),
        ("<<<>>>", None),
    ],
)
def test_the_next_cursor_is_taken_from_the_link_header(links: str, cursor: str | None) -> None:
    assert next_cursor(links) == cursor


def test_clinicaltrials_is_asked_as_documented(server: LyingServer) -> None:
    run(server.plays(clinicaltrials(25)), "clinicaltrials:restless legs", since=SINCE)
    first, second = server.asked
    assert (first.method, first.path) == ("GET", "/api/v2/studies")
    assert first.params == {
        "format": "json",
        "query.term": "restless legs",
        "countTotal": "true",
        "filter.advanced": "AREA[LastUpdatePostDate]RANGE[2026-09-03,MAX]",
        "pageSize": "20",
    }
    assert second.params == first.params | {"pageToken": "t20"}


def test_studies_by_number_come_in_batches_and_the_missing_are_named(server: LyingServer) -> None:
    def play(asked: Asked) -> bytes:
        wanted = asked.params["filter.ids"].split(",")
        return as_json(
            {"studies": [study("NCT99999999", n) if n == "NCT00000003" else study(n) for n in wanted if n != "NCT00000002"]}
        )

    numbers = ",".join(f"NCT{n:08}" for n in range(1, 31))
    results = run(server.plays(play), f"clinicaltrials:{numbers}", since=SINCE)
    assert [(r.position, r.total) for r in got(results)] == [(20, 30), (30, 30)]
    assert missing(results) == [Missing("nct:NCT00000002", "ClinicalTrials.gov sent no such study")]
    assert all("filter.advanced" not in a.params for a in server.asked)
    rest = got(run(server.plays(play), f"clinicaltrials:{numbers}", resume=got(results)[0].resume))
    assert rest == got(results)[1:]


# --- DailyMed -------------------------------------------------------------------------------------------------------


def set_id(number: int) -> str:
    return f"0a1b2c3d-0000-4000-8000-{number:012}"


def dailymed(total: int, gone: tuple[int, ...] = (), announced: int | None = None) -> Callable[[Asked], bytes]:
    def play(asked: Asked) -> bytes:
        if not asked.path.endswith("spls.json"):
            found = asked.path.rpartition("/")[2].removesuffix(".xml")
            return answer(404, b"", "text/html") if found in map(set_id, gone) else as_xml(f"<document><id>{found}</id></document>")
        page = int(asked.params["page"])
        here = [{"setid": set_id(n).upper()} for n in range(100 * (page - 1) + 1, min(total, 100 * page) + 1)]
        return as_json({"data": here, "metadata": {"total_elements": str(announced or total), "current_page": str(page)}})

    return play


def test_dailymed_lists_the_labels_of_a_drug_and_gets_each(server: LyingServer) -> None:
    results = run(server.plays(dailymed(103)), "dailymed:gabapentin", since=SINCE)
    assert [r.position for r in got(results)] == list(range(1, 104))
    assert {(r.format, r.total) for r in got(results)} == {("spl", 103)}
    assert f"<id>{set_id(103)}</id>".encode() in got(results)[-1].data
    lists = [a for a in server.asked if a.path.endswith("spls.json")]
    expected = {"drug_name": "gabapentin", "pagesize": "100", "published_date": "2026-09-03", "published_date_comparison": "gte"}
    assert [a.params for a in lists] == [expected | {"page": "1"}, expected | {"page": "2"}]
    assert lists[0].path == "/dailymed/services/v2/spls.json"
    assert server.asked[1].path == f"/dailymed/services/v2/spls/{set_id(1)}.xml"


@pytest.mark.parametrize("done", [1, 99, 100, 101])
def test_a_dailymed_fetch_goes_on_behind_any_label(done: int, server: LyingServer) -> None:
    whole = got(run(server.plays(dailymed(103)), "dailymed:gabapentin", limit=102))
    assert (len(whole), whole[-1].resume) == (102, None)
    assert got(run(server.plays(dailymed(103)), "dailymed:gabapentin", limit=102, resume=whole[done - 1].resume)) == whole[done:]


def test_labels_that_are_gone_or_never_were_are_said(server: LyingServer) -> None:
    results = run(server.plays(dailymed(3, gone=(2,))), "dailymed:x")
    assert missing(results) == [Missing(set_id(2), "DailyMed has no such label (any more)")]
    results = run(server.plays(dailymed(3, announced=7)), "dailymed:x")
    assert missing(results) == [Missing("dailymed:x", "dailymed announced 7 labels and stopped after 3")]


def test_labels_by_set_id_need_no_list(server: LyingServer) -> None:
    results = run(server.plays(dailymed(0)), f"dailymed:{set_id(2)},{set_id(1)}", limit=1)
    assert [a.path for a in server.asked] == [f"/dailymed/services/v2/spls/{set_id(1)}.xml"]
    assert [(r.position, r.total, r.resume) for r in got(results)] == [(1, 2, None)]


def test_what_is_no_set_id_never_becomes_an_address(server: LyingServer) -> None:
    server.plays(as_json({"data": [{"setid": "../../x"}, {}, "x"], "metadata": {"total_elements": 3}}))
    assert [m.reason for m in missing(run(server, "dailymed:x"))] == ["DailyMed lists it under what is not a set id"] * 3
    assert len(server.asked) == 1


def test_a_drug_dailymed_does_not_have_is_an_empty_result(server: LyingServer) -> None:
    assert run(server.plays(dailymed(0)), "dailymed:zorbaflexin") == []


# --- any source -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", list(Source))
def test_every_source_can_be_fetched_and_fails_as_a_fetch_error(source: Source, server: LyingServer) -> None:
    text = f"{source}:label:x" if source is Source.OPENFDA else f"{source}:x"
    with pytest.raises(FetchError, match="answered 500") as caught:
        run(server, text)
    assert caught.value.retryable


def test_a_limit_under_one_is_a_mistake_of_the_caller(server: LyingServer) -> None:
    with pytest.raises(ValueError, match="limit of 0"):
        run(server, "pubmed:x", limit=0)


def test_the_address_that_is_handed_on_is_the_public_one(server: LyingServer) -> None:
    assert got(run(server.plays(pubmed(1)), "pubmed:5"))[0].url == f"https://{NCBI}/entrez/eutils/efetch.fcgi"
    assert got(run(server.plays(europepmc(1)), "europepmc:x"))[0].url.startswith(
        f"https://{EUROPEPMC}/europepmc/webservices/rest/search?query=x"
    )
    assert (
        got(run(server.plays(dailymed(1)), "dailymed:x"))[0].url == f"https://{DAILYMED}/dailymed/services/v2/spls/{set_id(1)}.xml"
    )
