"""An article as of today: its references with the standing they have now, and what became of them since it was composed."""

from __future__ import annotations

from osler.article.export import restated
from osler.casebook.replay import cited_by
from osler.casebook.standing import moved
from osler.domain.article import Article
from osler.library.catalog import Catalog


def as_of_today(catalog: Catalog, article: Article) -> tuple[Article, tuple[str, ...]]:
    """(the article restated, a line for each reference that is not what it was). Raises LibraryDamaged."""
    numbers = {r.document_id: r.number for r in article.references}
    changed = moved(catalog, cited_by(article))
    now = {m.cited.document_id: (m.now.status, m.now.since) for m in changed if m.now is not None}
    since = tuple(f"Reference [{numbers[m.cited.document_id]}]: {m.words}." for m in changed)
    return restated(article, now), since
