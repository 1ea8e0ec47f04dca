"""Readers who ask over HTTP: how soon the first content and the whole answer are there, how many are answered, how overload is refused.

    osler serve --port 8777 &
    python benchmarks/serve.py http://127.0.0.1:8777 --readers 20 --every 2 --seconds 60

Prints milliseconds from sending a question: `first` to the event "understood", `whole` to the event "done".
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import time
from collections import Counter

import httpx2

QUESTIONS = (
    "What can I give a hemodialysis patient for muscle spasm of the back instead of baclofen?",
    "Is methocarbamol safe on dialysis?",
    "Gabapentin dose for itch on hemodialysis?",
    "Is baclofen safe on dialysis?",
    "How do I treat uremic pruritus?",
    "Fever and back pain in a dialysis patient with leg weakness",
    "Tizanidine dose in kidney failure?",
    "Apixaban dose on hemodialysis?",
    "Is metformin safe with eGFR 28?",
    "How is restless legs syndrome treated on dialysis?",
)


class Tally:
    def __init__(self) -> None:
        self.first: list[float] = []
        self.whole: list[float] = []
        self.refused: list[float] = []
        self.statuses: Counter[int] = Counter()


async def reader(number: int, base: str, every_s: float, until: float, tally: Tally) -> None:
    """One reader with a session of their own, who asks every so often and waits for the answer."""
    chance = random.Random(number)  # noqa: S311 - a spread of arrivals, the same each time
    async with httpx2.AsyncClient(base_url=base, timeout=60) as client:
        found = re.search(r'name="csrf" value="(\w+)"', (await client.get("/")).text)
        assert found is not None
        await asyncio.sleep(chance.random() * every_s)
        while time.perf_counter() < until:
            started = time.perf_counter()
            await ask(client, found[1], chance.choice(QUESTIONS), tally)
            await asyncio.sleep(max(0.0, every_s - (time.perf_counter() - started)))


async def ask(client: httpx2.AsyncClient, csrf: str, question: str, tally: Tally) -> None:
    started, first, body = time.perf_counter(), None, b""
    fields = {"csrf": csrf, "question": question}
    async with client.stream("POST", "/ask", data=fields, headers={"accept": "text/event-stream"}) as answer:
        async for chunk in answer.aiter_bytes():
            body += chunk
            if first is None and b"event: understood" in body:
                first = time.perf_counter() - started
    tally.statuses[answer.status_code] += 1
    if answer.status_code != 200:
        tally.refused.append(time.perf_counter() - started)
        return
    assert first is not None, "an answer without its first stage"
    assert b"event: done" in body, body[-300:]
    tally.first.append(first)
    tally.whole.append(time.perf_counter() - started)


def words(name: str, seconds: list[float]) -> str:
    if not seconds:
        return f"{name:8} none"
    ordered = sorted(seconds)
    at = (ordered[min(len(ordered) - 1, int(len(ordered) * p))] * 1000 for p in (0.5, 0.95, 1.0))
    return f"{name:8} p50 {next(at):6.0f}  p95 {next(at):6.0f}  max {next(at):6.0f} ms"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two questions of a reader")
    parser.add_argument("--seconds", type=float, default=30.0)
    told, tally = parser.parse_args(), Tally()
    started = time.perf_counter()
    until = started + told.seconds
    await asyncio.gather(*(reader(n, told.base, told.every, until, tally) for n in range(told.readers)))
    elapsed = time.perf_counter() - started
    print(
        f"{told.readers} readers, one question each {told.every:g} s, {elapsed:.0f} s: {len(tally.whole) / elapsed:.1f} answers a second"
    )
    print("statuses", ", ".join(f"{s}: {n}" for s, n in sorted(tally.statuses.items())))
    for name, seconds in (("first", tally.first), ("whole", tally.whole), ("refused", tally.refused)):
        print(words(name, seconds))


asyncio.run(main())
