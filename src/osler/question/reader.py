"""The frame reader with all that it needs beside the words, and what it read of a follow-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from osler.domain.concept import Mention
from osler.domain.question import Audience, Frame, Question
from osler.language.lexicon import Lexicon
from osler.question.frame import frame_question
from osler.question.spelling import check_spelling
from osler.question.triage import find_instructions
from osler.question.wording import as_charted


@dataclass(frozen=True, slots=True)
class Read:
    """A follow-up's own words with their spelling mended, the frame that they alone would make, and the concepts they name."""

    text: str
    frame: Frame
    mentions: tuple[Mention, ...]
    read_as: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """lexicon, known words, how many passages use a word, and `told`: the facts given beside the question, as sentences."""

    lexicon: Lexicon
    known_words: frozenset[str]
    in_library: Callable[[str], int] = lambda _: 0
    told: str = ""

    def read(self, text: str, audience: Audience, *, told: bool = True) -> Question:
        """A first question, with the facts given beside it in front of its words."""
        words = f"{self.told} {text}" if told and self.told else text
        framed = frame_question(
            as_charted(words), audience, self.lexicon, self.known_words, find_instructions(text), self.in_library
        )
        return replace(framed, text=text)

    def read_alone(self, text: str, audience: Audience) -> Read:
        """What a follow-up's words say by themselves. An instruction in them is data: its words name topics only."""
        spelling = check_spelling(text, self.known_words, self.lexicon.single_words, self.in_library)
        framed = frame_question(
            spelling.text, audience, self.lexicon, self.known_words, find_instructions(spelling.text), self.in_library
        )
        return Read(spelling.text, framed.frame, self.lexicon.tag(spelling.text), spelling.read_as)
