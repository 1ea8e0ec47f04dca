"""Keep and replay 1,000 answers on the starter library: the shipped questions in variants of age, kidney function and reader.

Run by hand: python benchmarks/replay.py [answers]. Prints what storing costs beside asking, bytes an answer, and how long all
of them take to be asked again and compared; ends with an error when one does not replay to the same bytes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from osler.casebook.erase import erase_answer
from osler.casebook.keep import keep
from osler.casebook.replay import Outcome, replay_all
from osler.casebook.store import open_casebook
from osler.domain.question import Audience
from osler.domain.request import Given, Request
from osler.evaluate.clinical import shipped_questions
from osler.pipeline import answer_request, open_library
from osler.settings import load_settings


def requests(count: int) -> list[Request]:
    """No two alike: each round asks for a patient of another age and weight, and another reader."""
    readers = tuple(Audience)
    shipped = shipped_questions()
    return [
        Request(
            (q["question"],),
            readers[n // len(shipped) % len(readers)],
            Given(age_years=20.0 + n // len(shipped), weight_kg=50.0 + n % 40),
        )
        for n, q in ((n, shipped[n % len(shipped)]) for n in range(count))
    ]


def show(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95) - 1]
    print(f"{name:42} median {statistics.median(ordered):7.2f} ms   p95 {p95:7.2f} ms   n {len(ordered):,}")


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Path(folder) / "home")
        library, casebook = open_library(settings), open_casebook(settings)
        asking, keeping = [], []
        for request in requests(count):
            started = time.perf_counter()
            asked = answer_request(library, request)
            between = time.perf_counter()
            keep(casebook, library, asked, request)
            asking.append((between - started) * 1000)
            keeping.append((time.perf_counter() - between) * 1000)
        show("ask", asking)
        show("keep", keeping)
        print(
            f"{'bytes an answer, in the file':42} {casebook.path.stat().st_size / casebook.count():7,.0f}   answers {casebook.count():,}"
        )
        started = time.perf_counter()
        listed = casebook.listed(limit=50)
        print(f"{'list the last 50':42} {(time.perf_counter() - started) * 1000:7.1f} ms")
        started, busy = time.perf_counter(), time.process_time()
        outcomes = [done.outcome for done in replay_all(library, casebook.each())]
        print(
            f"{'replay all':42} {time.perf_counter() - started:7.1f} s ({time.process_time() - busy:.1f} s of processor)   identical {outcomes.count(Outcome.IDENTICAL):,}"
        )
        started = time.perf_counter()
        left = erase_answer(casebook, settings.home, listed[0].answer_id).left
        print(
            f"{'erase one and search for it':42} {time.perf_counter() - started:7.1f} s    traces {len(left.places)} in {left.files} files"
        )
        if set(outcomes) != {Outcome.IDENTICAL} or left.places:
            sys.exit("not every answer replayed to the same bytes, or something was left of the one that was erased")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
