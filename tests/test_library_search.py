"""Searching the library: what is found and marked, within which bounds, what is said when a bound is not known, and the verb."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from libraries import corrections, library_with, pubmed_file, record
from made import pubmed_record
from osler.__main__ import main
from osler.cli_search import _as_text
from osler.domain.status import NoticeNature, PublicationStatus, StatusNotice
from osler.errors import QuestionError, UserError
from osler.index.base import Only
from osler.language.lexicon import Lexicon
from osler.pipeline import Library
from osler.search import Found, search_library
from osler.search_bounds import concept_named, read_bounds

LABEL = """# Ketotifen on our ward

## Dose

Ketotifen was given for itch at 1 mg twice a day; do not exceed 2 mg a day. It is not recommended in pregnancy.

## Harms

Drowsiness is common. Somnolence may last.
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Records 1 to 4 of methocarbamol, of which 2 is retracted; a record of 1975; a ward's own protocol."""
    folder = tmp_path_factory.mktemp("held")
    records = [
        record(1),
        record(2, corrections=corrections("RetractionIn", 20)),
        record(3, corrections=corrections("ErratumIn", 30)),
        record(4),
        pubmed_record(50, "Capsaicin cream eased uremic pruritus. Nothing else was tried.", "Capsaicin for itch.", year=1975),
    ]
    (folder / "ward.md").write_text(LABEL)
    (folder / "ward.md.osler.yaml").write_text(
        "id: ward:ketotifen\ntitle: Ketotifen on our ward\njurisdiction: Example Region\nkind: guideline\nyear: 2024\nurl: https://example.org/\n"
    )
    return library_with(folder / "home", pubmed_file(folder / "records.xml", records), folder / "ward.md")


def ids(found: tuple[Found, ...]) -> list[str]:
    return [f.passage.document_id for f in found]


def marked(found: Found) -> list[str]:
    return [found.passage.text[a:b] for a, b in found.highlights]


def own(library: Library, **bounds: object) -> Only:
    """Bounds that leave the starter library's extractions out."""
    return read_bounds(library.lexicon, **({"since": 1900} | bounds))  # type: ignore[arg-type]


def test_words_are_found_and_marked_where_they_stand(held: Library) -> None:
    found = search_library(held, "Ketotifen doses", read_bounds(held.lexicon, jurisdictions=["example region"]))
    assert set(ids(found)) == {"ward:ketotifen"}
    dose = next(f for f in found if "1 mg" in f.passage.text)
    assert marked(dose)[0] == "Ketotifen"
    assert found[0].source.jurisdiction == "Example Region"


def test_other_names_and_narrower_things_are_marked_too(held: Library) -> None:
    (found,) = search_library(held, "capsaicin pruritus", own(held, until=1980))
    assert ids((found,)) == ["pmid:50"]
    assert marked(found) == ["Capsaicin cream", "uremic pruritus"]  # the whole name of what was found, not one word of it
    (by_class,) = search_library(held, "itch", own(held, until=1980))
    assert "uremic pruritus" in marked(by_class)
    (relaxed,) = search_library(held, "muscle relaxants", own(held, drugs=["methocarbamol"], until=2019), limit=1)
    assert "methocarbamol" in [m.lower() for m in marked(relaxed)]


def test_marks_slice_the_passage_in_order_and_apart(held: Library) -> None:
    for text in ("methocarbamol back pain hemodialysis", "adults on hemodialysis", "drowsiness", "itch"):
        for found in search_library(held, text, limit=50):
            ends = [0, *(e for _, e in found.highlights)]
            assert all(
                end <= start < stop <= len(found.passage.text) for end, (start, stop) in zip(ends, found.highlights, strict=False)
            )


def test_ranks_run_from_one_and_equal_scores_go_by_passage(held: Library) -> None:
    found = search_library(held, "methocarbamol back pain", limit=30)
    assert [f.rank for f in found] == list(range(1, len(found) + 1))
    assert [(-f.score, f.passage.id) for f in found] == sorted((-f.score, f.passage.id) for f in found)
    assert found == search_library(held, "methocarbamol back pain", limit=30)
    assert search_library(held, "methocarbamol back pain", limit=1)[0].score == found[0].score


def test_a_retracted_paper_is_found_and_says_so_unless_statuses_are_named(held: Library) -> None:
    statuses = {f.passage.document_id: f.source.status for f in search_library(held, "methocarbamol study", limit=100)}
    assert statuses["pmid:2"] is PublicationStatus.RETRACTED
    assert statuses["pmid:3"] is PublicationStatus.CORRECTED
    only = read_bounds(held.lexicon, statuses=["Current"])
    assert not {"pmid:2", "pmid:3"} & set(ids(search_library(held, "methocarbamol study", only, limit=100)))
    only = read_bounds(held.lexicon, statuses=["retracted"])
    assert set(ids(search_library(held, "methocarbamol", only))) == {"pmid:2"}


def test_the_catalogue_decides_when_the_index_is_behind(tmp_path: Path) -> None:
    library = library_with(tmp_path / "home", pubmed_file(tmp_path / "a.xml", [record(1), record(2)]))
    with library.catalog.write("a list") as writing:
        writing.intake.note([StatusNotice(NoticeNature.RETRACTION, "a list", pmid="1")])
    current = read_bounds(library.lexicon, statuses=["current"], since=2019, until=2019)
    found = {i for i in ids(search_library(library, "methocarbamol back pain study", current, limit=200)) if i.startswith("pmid:")}
    assert found == {"pmid:2"}
    shown = {f.passage.document_id: f.source.status for f in search_library(library, "study 1", limit=50)}
    assert shown["pmid:1"] is PublicationStatus.RETRACTED


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"kinds": ["guideline"], "jurisdictions": ["Example Region"]}, {"ward:ketotifen"}),
        ({"kinds": ["rct"], "jurisdictions": ["Example Region"]}, set()),
        ({"until": 1975, "problems": ["itching"]}, {"pmid:50"}),
        ({"drugs": ["ketotifen"], "populations": ["pregnant"], "since": 2024}, {"ward:ketotifen"}),
        ({"drugs": ["methocarbamol"], "populations": ["HD"], "statuses": ["corrected"]}, {"pmid:3"}),
        ({"drugs": ["Robaxin"], "statuses": ["corrected"]}, {"pmid:3"}),  # a brand
        ({"drugs": ["muscle relaxants"], "statuses": ["corrected"]}, {"pmid:3"}),  # its class
        ({"drugs": ["methocarbamol"], "problems": ["itch"], "statuses": ["corrected"]}, set()),
    ],
)
def test_bounds_as_they_are_typed(held: Library, bounds: dict[str, list[str]], expected: set[str]) -> None:
    only = read_bounds(held.lexicon, **bounds)  # type: ignore[arg-type]
    assert set(ids(search_library(held, "ketotifen methocarbamol capsaicin pregnancy", only, limit=200))) == expected


def test_without_words_what_the_bounds_name_is_looked_for(held: Library) -> None:
    only = read_bounds(held.lexicon, drugs=["ketotifen"], jurisdictions=["Example Region"])
    found = search_library(held, "  ", only)
    assert {f.passage.document_id for f in found} == {"ward:ketotifen"}
    assert "Ketotifen" in marked(found[0])


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_to_look_for_is_an_error(held: Library, text: str) -> None:
    with pytest.raises(UserError, match="nothing to search for"):
        search_library(held, text, read_bounds(held.lexicon, populations=["pregnancy"]))


def test_a_search_has_the_bounds_of_a_question(held: Library) -> None:
    with pytest.raises(QuestionError):
        search_library(replace(held, settings=replace(held.settings, max_question_characters=10)), "methocarbamol " * 3)
    with pytest.raises(ValueError, match="limit"):
        search_library(held, "itch", limit=0)
    assert search_library(held, 'AND (NOT: "zzz*") the of') == ()


def test_a_library_that_is_replaced_is_searched_as_it_is_now(tmp_path: Path) -> None:

    library = library_with(tmp_path / "home", pubmed_file(tmp_path / "a.xml", [record(1)]))
    loads = library.catalog.load
    with patch.object(type(library.catalog), "load", autospec=True) as load:
        load.side_effect = lambda catalog, rows: _gone() if catalog is library.catalog else loads(rows)
        assert "pmid:1" in ids(search_library(library, "study 1 methocarbamol hemodialysis", limit=50))


def _gone() -> None:
    from osler.errors import LibraryReplaced

    raise LibraryReplaced("replaced")


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ({"drugs": ["gabapentine"]}, r"'gabapentine' is not a drug that Osler knows; near it: gabapentin"),
        ({"drugs": ["xyzzy"]}, r"'xyzzy' is not a drug that Osler knows$"),
        ({"drugs": ["hemodialysis"]}, r"is not a drug here but a population"),
        ({"problems": ["pregnancy"]}, r"is not a problem here but a population"),
        ({"populations": ["back pain"]}, r"is not a population here but a problem"),
        ({"kinds": ["meta"]}, r"'meta' is not a kind; there are guideline, "),
        ({"statuses": ["withdrawn"]}, r"'withdrawn' is not a status; there are current, "),
        ({"since": 2020, "until": 2010}, r"no year is since 2020 and until 2010"),
        ({"drugs": [""]}, r"'' is not a drug"),
    ],
)
def test_what_is_not_known_is_named_with_what_is(lexicon: Lexicon, bounds: dict[str, list[str]], says: str) -> None:
    with pytest.raises(UserError, match=says):
        read_bounds(lexicon, **bounds)  # type: ignore[arg-type]


def test_every_concept_is_known_by_its_id(lexicon: Lexicon) -> None:
    for concept in lexicon.concepts()[::97]:
        assert concept_named(concept.id, frozenset({concept.kind}), lexicon) == concept


def run(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setenv("OSLER_HOME", str(library.settings.home))
    monkeypatch.setattr("sys.argv", ["osler", "library", "search", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, shown.err


def test_the_verb_shows_standing_place_and_whole_sentences(
    held: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(held, capsys, monkeypatch, "methocarbamol", "--status", "retracted")
    assert code == 0
    assert out.startswith("1. RETRACTED")
    assert "pmid:2#" in out
    code, out, _ = run(held, capsys, monkeypatch, "ketotifen", "--jurisdiction", "EXAMPLE REGION", "--limit", "5")
    assert "guideline · 2024 · Example Region" in out
    assert "Ketotifen was given for itch at 1 mg twice a day; do not exceed 2 mg a day." in out
    _, out, _ = run(held, capsys, monkeypatch, "capsaicin", "--until", "1980")
    assert "\x1b" not in out  # bold only where a person looks


def test_a_text_gives_no_orders_to_a_terminal(held: Library) -> None:
    (found,) = search_library(held, "capsaicin", own(held, until=1980))
    text = found.passage.text.replace("Nothing", "\x1b[2J\x07ng")
    hostile = replace(found, passage=replace(found.passage, text=text, path=("\x1b]0;",)), highlights=((0, 9),))
    shown = _as_text(hostile, bold=True)
    assert shown.count("\x1b") == 2  # bold on, bold off
    assert "\x1b[1mCapsaicin\x1b[0m cream" in shown
    assert "\x07" not in shown


def test_the_verb_as_json_slices_back(held: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run(held, capsys, monkeypatch, "capsaicin", "--until", "1980", "--json")
    value = json.loads(out)
    assert (code, value["schema"], value["snapshot"]) == (0, "osler.search/1", held.snapshot.id)
    (found,) = value["found"]
    assert (found["document"]["id"], found["document"]["status"], found["document"]["year"]) == ("pmid:50", "current", 1975)
    text = held.catalog.document("pmid:50").text
    assert text[found["passage"]["start"] : found["passage"]["end"]] == found["passage"]["text"]
    assert [found["passage"]["text"][a:b] for a, b in found["highlights"]] == ["Capsaicin cream"]
    code, out, _ = run(held, capsys, monkeypatch, "zzzzqq", "--json")
    assert (code, json.loads(out)["found"]) == (0, [])


def test_the_verb_says_what_may_help(held: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run(held, capsys, monkeypatch, "methocarbmol")
    assert "did you mean 'methocarbamol'" in out
    _, out, _ = run(held, capsys, monkeypatch, "methocarbamol", "--jurisdiction", "Atlantis")
    assert "documents of this library hold for: Example Region" in out
    code, _, err = run(held, capsys, monkeypatch, "itch", "--drug", "gabapentine")
    assert code == 2
    assert "near it: gabapentin" in err
    assert run(held, capsys, monkeypatch, "itch", "--kind", "poem")[0] == 2
    assert run(held, capsys, monkeypatch)[0] == 2
