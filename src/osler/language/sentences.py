"""Sentences with their offsets: split at line ends first, then by the `sentencex` rules."""

from __future__ import annotations

from collections.abc import Iterator


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield [start, end) of each sentence, without surrounding white space, in order.

    Lines never merge: a list or a table row is its own sentence.
    """
    from sentencex import segment

    position = 0
    for line in text.splitlines(keepends=True):
        cursor = position
        for sentence in segment("en", line):
            stripped = sentence.strip()
            if not stripped:
                continue
            start = text.index(stripped, cursor, position + len(line))
            cursor = start + len(stripped)
            yield start, cursor
        position += len(line)
