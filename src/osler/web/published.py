"""Published articles as readers look for them: searched by words, listed, and as an Atom feed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from osler import audit
from osler.domain.article import ReviewState
from osler.domain.review import Listed
from osler.review.public import listing, published
from osler.review.states import LIVE
from osler.review.store import Desk

ATOM = "http://www.w3.org/2005/Atom"
INDEXED = (*LIVE, ReviewState.REVIEW_DUE)
"""States in which search engines may have a page."""
MOST_WORDS = 20
_AROUND = 90


@dataclass(frozen=True, slots=True)
class Hit:
    """A listed article; words: a stretch of its text with what was looked for, "" when only its title has it."""

    listed: Listed
    words: str = ""


class Index:
    """The titles and texts of published articles, read again when anything was done at the desk. Safe among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at = -1
        self._texts: tuple[tuple[Listed, str], ...] = ()

    def search(self, desk: Desk, looked_for: str) -> tuple[Hit, ...]:
        """Articles in which each word begins a word of title or text; those that have all in the title first, then the last changed."""
        words = [re.compile(rf"\b{w}", re.IGNORECASE) for w in re.findall(r"\w+", looked_for)[:MOST_WORDS]]
        found = []
        for listed, text in self._read(desk):
            if words and all(w.search(listed.title) or w.search(text) for w in words):
                by_title = all(w.search(listed.title) for w in words)
                found.append((not by_title, Hit(listed, "" if by_title else _stretch(text, words))))
        return tuple(hit for _, hit in sorted(found, key=lambda f: f[0]))

    def _read(self, desk: Desk) -> tuple[tuple[Listed, str], ...]:
        with desk.reading() as connection:
            last = audit.last_number(connection)
        with self._lock:
            if last != self._at:
                self._texts = tuple((item, _text(desk, item)) for item in listing(desk))
                self._at = last
            return self._texts


def _text(desk: Desk, listed: Listed) -> str:
    found = published(desk, listed.slug)
    if found is None or found.article is None:
        return ""
    return " ".join(c.plain or c.text for c in found.article.claims)


def _stretch(text: str, words: Iterable[re.Pattern[str]]) -> str:
    at = min((m.start() for w in words if (m := w.search(text))), default=0)
    start = text.rfind(" ", 0, max(0, at - _AROUND)) + 1
    end = text.find(" ", min(len(text), at + _AROUND))
    cut = text[start : end if end >= 0 else len(text)]
    return f"{'… ' if start else ''}{cut}{' …' if end >= 0 else ''}"


def feed(origin: str, listed: Iterable[Listed], notes: dict[str, tuple[str, str]]) -> bytes:
    """An Atom feed (RFC 4287), the last changed first. notes: for each address the time and the words of what happened last."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    entries = [(item, *notes.get(item.slug, (f"{item.updated_on}T00:00:00+00:00", ""))) for item in listed]
    _add(root, "id", f"{origin}/articles")
    _add(root, "title", "Osler: reviewed articles, corrections and retractions")
    _add(root, "updated", max((at for _, at, _ in entries), default="1970-01-01T00:00:00+00:00"))
    _add(_add(root, "author"), "name", "Osler")
    _add(root, "link", rel="self", href=f"{origin}/feed.atom")
    for item, at, note in entries:
        entry = _add(root, "entry")
        _add(entry, "id", f"{origin}/articles/{item.slug}")
        _add(entry, "title", item.title or "(text erased)")
        _add(entry, "updated", at)
        _add(entry, "published", f"{item.published_on}T00:00:00+00:00")
        _add(entry, "link", rel="alternate", href=f"{origin}/articles/{item.slug}")
        _add(entry, "summary", ": ".join(filter(None, (item.state.value.replace("_", " "), note))))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    made.text = text
    return made
