"""ResponseRecord: the seven steps of a drug-information response, made from the enquiry and its answer alone; no fact of its own.

The steps are those of the modified systematic approach: requestor; background; ultimate question; search; evaluation; response;
follow-up and documentation. Watanabe AS et al., Am J Hosp Pharm 1975 (five steps); Host TR, Kirkwood CF, ASHP Midyear Clinical
Meeting 1987 (seven); taught in Malone PM et al., Drug Information: A Guide for Pharmacists. What is documented follows Ghaibi S,
Ipema H, Gabay M, ASHP Guidelines on the Pharmacist's Role in Providing Drug Information, Am J Health-Syst Pharm 2015;72:573-7, and
the UKMi enquiry answering guidelines (enquirer, contact, urgency, purpose, sources already used).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osler.domain.answer import Disposition, NoticeKind, Role
from osler.domain.article import Article
from osler.domain.codec import encode
from osler.domain.question import Audience, Question
from osler.pipeline import answer_request
from osler.question.frame import frame_question
from osler.respond.enquiry import Enquiry
from osler.respond.evaluation import Evaluated, evaluate_sources
from osler.respond.missing import Missing, missing_facts
from osler.respond.prepare import Prepared, prepare
from osler.respond.retracted import retracted_near
from osler.respond.search_log import SearchLog, search_log

if TYPE_CHECKING:
    from osler.pipeline import Asked, Library

SCHEMA = "osler.response/1"
_ESCALATES = frozenset({Disposition.EMERGENCY, Disposition.ANSWER_AND_ESCALATE})
_ALARMS = frozenset({NoticeKind.EMERGENCY, NoticeKind.SELF_HARM, NoticeKind.UNIT_ERROR})


@dataclass(frozen=True, slots=True)
class FollowUpPlan:
    """monitoring: ids of the claims that say what to watch. changes: what would change the answer, in words."""

    monitoring: tuple[str, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """urgent: the requestor is called back at once. Steps: enquiry and prepared (requestor, background, patient), article.question
    (ultimate question), search, evaluation, article (response), follow_up with missing; documentation is drawn from article."""

    schema: str
    urgent: bool
    enquiry: Enquiry
    prepared: Prepared
    missing: tuple[Missing, ...]
    search: SearchLog
    evaluation: tuple[Evaluated, ...]
    follow_up: FollowUpPlan
    article: Article


def respond(library: Library, enquiry: Enquiry) -> ResponseRecord:
    """The record for an enquiry. Raises QuestionError for a question that cannot be read."""

    def read(text: str, audience: Audience) -> Question:
        return frame_question(text, audience, library.lexicon, library.words, (), library.index.holds)

    prepared = prepare(enquiry, read, library.lexicon)
    return make_record(library, enquiry, prepared, answer_request(library, prepared.request))


def make_record(library: Library, enquiry: Enquiry, prepared: Prepared, asked: Asked) -> ResponseRecord:
    """The record from an answer that is there already. `library` gives its lexicon, the limit of the search and what is retracted."""
    article, profile, lexicon, limit = asked.article, asked.profile, library.lexicon, library.settings.candidates
    retracted = retracted_near(profile.question, library.index, library.catalog.load, lexicon, limit)
    return ResponseRecord(
        schema=SCHEMA,
        urgent=is_urgent(article),
        enquiry=enquiry,
        prepared=prepared,
        missing=missing_facts(enquiry, article, profile),
        search=search_log(article, profile, asked.withheld, retracted, lexicon, limit),
        evaluation=evaluate_sources(article),
        follow_up=_follow_up(article),
        article=article,
    )


def is_urgent(article: Article) -> bool:
    """Whether somebody must act before the record is finished."""
    return article.disposition in _ESCALATES or any(n.kind in _ALARMS for n in article.notices)


def _follow_up(article: Article) -> FollowUpPlan:
    changes = [f"new evidence on what is not known: {g}" for g in article.gaps]
    changes += [
        f"a change of reference {r.number}: its status is {r.status.value}"
        for r in article.references
        if r.status.value != "current"
    ]
    unchecked = sorted({c.reference for k in article.claims for c in k.citations if c.to_check})
    changes += [f"a look at reference {n} itself: its figures are still to be checked there" for n in unchecked]
    monitoring = tuple(k.id for k in article.claims if k.role is Role.MONITORING)
    return FollowUpPlan(monitoring, tuple(dict.fromkeys(changes)))


def to_json(record: ResponseRecord) -> str:
    """One `osler.response/1` object, two-space indented, ending in a newline."""
    return json.dumps(encode(record), ensure_ascii=False, indent=2) + "\n"
