"""What became of the documents that a stored answer cites: which have another version or standing now, or are gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from osler.casebook.record import Cited
from osler.domain.status import PublicationStatus
from osler.library.catalog import Catalog, Fate


class Event(StrEnum):
    """What happened to a document since it was cited."""

    RETRACTION = "retraction"
    CONCERN = "concern"
    CORRECTION = "correction"
    SUPERSESSION = "supersession"
    DELETION = "deletion"
    REMOVAL = "removal"
    NEW_VERSION = "new version"
    DRAFT = "draft"
    REINSTATEMENT = "reinstatement"
    DATE = "date of its standing"


_EVENT = {
    PublicationStatus.RETRACTED: Event.RETRACTION,
    PublicationStatus.CONCERN: Event.CONCERN,
    PublicationStatus.CORRECTED: Event.CORRECTION,
    PublicationStatus.SUPERSEDED: Event.SUPERSESSION,
    PublicationStatus.DRAFT: Event.DRAFT,
    PublicationStatus.CURRENT: Event.REINSTATEMENT,
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A cited document as it was (`cited`) and as it is now; `now` is None when it is out of use. words: for a reader."""

    cited: Cited
    now: Cited | None
    events: tuple[Event, ...]
    words: str


def moved(catalog: Catalog, cited: Iterable[Cited]) -> tuple[Moved, ...]:
    """Those of them that are not as they were cited, in the order given. Raises LibraryDamaged."""
    wanted = tuple(cited)
    fates = catalog.fates(c.document_id for c in wanted)
    found = (_moved(c, fates[c.document_id]) for c in wanted)
    return tuple(m for m in found if m is not None)


def _moved(cited: Cited, fate: Fate) -> Moved | None:
    source = fate.source
    if source is None:
        gone = Event.DELETION if fate.taken_back else Event.REMOVAL
        return Moved(cited, None, (gone,), "deleted by its source" if fate.taken_back else "no longer in the library")
    now = Cited(cited.document_id, source.version, source.status, source.status_since)
    if now == cited:
        return None
    events, words = [], []
    if now.status is not cited.status:
        events.append(_EVENT[now.status])
        by = f" by {', '.join(fate.superseded_by)}" if now.status is PublicationStatus.SUPERSEDED and fate.superseded_by else ""
        since = f", since {now.since}" if now.since else ""
        words.append(f"{now.status.value}{by}{since} (was {cited.status.value})")
    elif now.since != cited.since:
        events.append(Event.DATE)
        words.append(f"{now.status.value} since {now.since or 'a date not given'} (was: {cited.since or 'a date not given'})")
    if now.version != cited.version:
        events.append(Event.NEW_VERSION)
        words.append(f"version {now.version} is current (cited: version {cited.version})")
    return Moved(cited, now, tuple(events), "; ".join(words))
