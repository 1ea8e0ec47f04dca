"""Same question, same library: the same bytes, whatever was asked before, by whom at the same time, and how the library grew."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from osler.article.assemble import to_json
from osler.article.render import to_markdown
from osler.documents.extraction import parse_extractions
from osler.domain.question import Audience
from osler.evaluate.clinical import shipped_questions
from osler.language.lexicon import Lexicon
from osler.library.catalog import Catalog
from osler.library.shipped import STARTER, starter_lines
from osler.passages.annotate import annotate, annotation_key
from osler.pipeline import Library, ask, open_library
from osler.settings import load_settings
from osler.store import Store

SHIPPED = {q["id"]: (q["question"], Audience(q["audience"])) for q in shipped_questions()}
VARYING = ('"answered_at":', '"elapsed_ms":')


def stable(library: Library, name: str) -> str:
    """The published text without its two varying lines."""
    lines = to_json(ask(library, *SHIPPED[name])).splitlines()
    kept = [line for line in lines if not line.strip().startswith(VARYING)]
    assert len(lines) - len(kept) == len(VARYING)
    return "\n".join(kept)


@pytest.fixture(scope="module")
def before(library: Library) -> dict[str, str]:
    return {name: stable(library, name) for name in SHIPPED}


@pytest.mark.parametrize("name", SHIPPED)
def test_asking_again_gives_the_same_bytes(name: str, library: Library, before: dict[str, str]) -> None:
    assert stable(library, name) == before[name]


def test_the_order_of_asking_does_not_matter(tmp_path: Path, before: dict[str, str]) -> None:
    other = open_library(load_settings(tmp_path / "other"))
    assert {name: stable(other, name) for name in reversed(SHIPPED)} == before


def test_asking_at_the_same_time_does_not_matter(library: Library, before: dict[str, str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda name: (name, stable(library, name)), [*SHIPPED, *SHIPPED]))
    assert [(n, a == before[n]) for n, a in answers] == [(n, True) for n in (*SHIPPED, *SHIPPED)]


def test_the_page_is_as_stable_as_the_object(library: Library) -> None:
    assert to_markdown(ask(library, *SHIPPED["R01"])) == to_markdown(ask(library, *SHIPPED["R01"]))


def test_hash_seed_locale_time_zone_and_folder_do_not_matter(tmp_path: Path, before: dict[str, str]) -> None:
    code = (
        "import sys, test_determinism as t; from pathlib import Path; "
        "library = t.open_library(t.load_settings(Path(sys.argv[1]))); "
        "print('\\f'.join(t.stable(library, name) for name in t.SHIPPED))"
    )
    for seed, zone in (("0", "UTC"), ("1", "Asia/Kathmandu")):
        folder = tmp_path / seed
        folder.mkdir()
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parent),
        }
        done = subprocess.run(
            [sys.executable, "-c", code, "home"],
            capture_output=True,
            text=True,
            env=environment,
            cwd=folder,
            check=True,
            timeout=120,
        )
        assert dict(zip(SHIPPED, done.stdout.removesuffix("\n").split("\f"), strict=True)) == before


def grown(home: Path, lexicon: Lexicon, build: Callable[[Catalog], None]) -> Library:
    """A library whose starter documents came in another way than by first use."""
    home.mkdir()
    store = Store(home / "library.sqlite")
    build(Catalog(store))
    store.close()
    return open_library(load_settings(home), lexicon)


def test_a_library_that_was_ingested_twice_answers_the_same(tmp_path: Path, lexicon: Lexicon, before: dict[str, str]) -> None:
    lines, digest = starter_lines()
    documents, key = parse_extractions(lines, "starter"), annotation_key(lexicon)

    def build(catalog: Catalog) -> None:
        for _ in range(2):
            catalog.ingest(documents, STARTER, lambda d: annotate(d, lexicon), key, digest)

    again = grown(tmp_path / "again", lexicon, build)
    assert {name: stable(again, name) for name in SHIPPED} == before


def test_the_order_of_ingest_does_not_matter(tmp_path: Path, library: Library, lexicon: Lexicon, before: dict[str, str]) -> None:
    lines, digest = starter_lines()
    documents, key = parse_extractions(lines, "starter"), annotation_key(lexicon)

    def build(catalog: Catalog) -> None:
        catalog.ingest(documents[::-1], STARTER, lambda d: annotate(d, lexicon), key, digest)

    backward = grown(tmp_path / "backward", lexicon, build)
    assert backward.snapshot == library.snapshot
    assert [name for name in SHIPPED if stable(backward, name) != before[name]] == []
