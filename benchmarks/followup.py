"""Time follow-ups on the starter library, warm: with the parent's article at hand, without it, and beside a first question.

Run by hand: python benchmarks/followup.py [rounds]. Prints medians and 95th percentiles in milliseconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ask import show, timed

from osler.domain.request import Request
from osler.evaluate.clinical import shipped_questions
from osler.pipeline import answer_request, follow, open_library
from osler.question.followup import follow_up
from osler.question.reader import Reader
from osler.settings import load_settings

FOLLOW_UPS = ("And if she is on warfarin?", "in pregnancy?", "she weighs 48 kg", "why not tizanidine?", "shorter")


def cpu(action: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of processor time of each round: what the machine needs when nothing else runs on it."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        action()
        times.append((time.process_time() - started) * 1000)
    return times


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(load_settings(Path(folder) / "home"))
        requests = [Request((q["question"],)) for q in shipped_questions()]
        parents = [answer_request(library, r).article for r in requests]
        reader = Reader(library.lexicon, library.words, library.index.holds)
        read = [reader.read(r.turns[0], r.audience) for r in requests]
        pairs = [(n, text) for n in range(len(requests)) for text in FOLLOW_UPS]
        tasks: dict[str, list[Callable[[], object]]] = {
            "a first question": [partial(answer_request, library, r) for r in requests],
            "a follow-up, parent at hand": [partial(follow, library, requests[n], x, parents[n]) for n, x in pairs],
            "a follow-up, parent made again": [partial(follow, library, requests[n], x) for n, x in pairs],
            "reading a follow-up alone": [partial(follow_up, read[n], x, reader) for n, x in pairs],
        }
        for name, actions in tasks.items():
            show(name, [t for a in actions for t in timed(a, rounds)])
            show(f"{name}, processor time", [t for a in actions for t in cpu(a, rounds)])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
