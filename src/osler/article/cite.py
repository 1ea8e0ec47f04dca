"""References as a reader meets them: one line each, with kind, year, identifiers and status."""

from __future__ import annotations

from osler.domain.article import Reference
from osler.domain.document import Via
from osler.domain.status import PublicationStatus


def reference_line(reference: Reference) -> str:
    """ "Authors. Title. Container. Year. [kind; status] PMID · DOI"; a title of ours is in brackets."""
    title = f"[{reference.title}]" if reference.title_is_description else reference.title
    parts = [
        reference.authors and reference.authors.rstrip("."),
        title.rstrip("."),
        reference.container,
        str(reference.year) if reference.year else "year not shown",
    ]
    identifiers = []
    if reference.pmid:
        identifiers.append(f"PMID {reference.pmid}")
    if reference.doi:
        identifiers.append(f"doi:{reference.doi}")
    line = ". ".join(p for p in parts if p)
    return " ".join(filter(None, (f"{line}. [{'; '.join(reference_marks(reference))}]", " · ".join(identifiers))))


def reference_marks(reference: Reference) -> tuple[str, ...]:
    """What a reader must know of it: kind, standing, whose rules it states, and whether it was cited from an extraction."""
    marks = [reference.kind.value.replace("_", " "), _status(reference)]
    if reference.authority is not None:
        marks.append(reference.authority.value)
    if reference.via is Via.EXTRACTION:
        marks.append("cited from an extraction; source not in this library")
    return tuple(marks)


def _status(reference: Reference) -> str:
    if reference.status is PublicationStatus.CURRENT:
        return "current"
    since = f" since {reference.status_since}" if reference.status_since else ""
    return f"status: {reference.status.value}{since}"
