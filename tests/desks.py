"""A desk with people and small articles, in our own words, for every test of reviewing."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from osler.accounts.people import add_account, disclose, list_accounts
from osler.domain.account import OPERATOR, Actor, Means, Role
from osler.domain.answer import Disposition, DoseRow, Section
from osler.domain.answer import Role as Job
from osler.domain.article import (
    SCHEMA,
    Article,
    ArticleCitation,
    ArticleClaim,
    AskedQuestion,
    FrameView,
    PatientView,
    Provenance,
    Reference,
    Review,
    SpanView,
)
from osler.domain.document import StudyDesign, Via
from osler.domain.evidence import Directness
from osler.domain.grade import Certainty
from osler.domain.question import Audience, Intent
from osler.domain.review import Case
from osler.domain.status import PublicationStatus
from osler.domain.verification import Verdict
from osler.review import desk as at_desk
from osler.review.store import Desk

TITLE = "Quizol for night cramps on hemodialysis"
FIRST = "Quizol 5 mg at night eased cramps in adults on hemodialysis."
SECOND = "Quizol made four of thirty adults drowsy."
THIRD = "Do not give quizol to people with seizures."


class Hands:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_days(self, days: int) -> None:
        self.at += timedelta(days=days)


def no_faults(_article: Article) -> tuple[str, ...]:
    return ()


def article(
    *texts: str, audience: Audience = Audience.CLINICIAN, snapshot: str = "s1", asked: str = "Is quizol any good?"
) -> Article:
    """An article whose claims are these sentences, each a whole document of its own."""
    texts = texts or (FIRST, SECOND, THIRD)
    claims = tuple(
        ArticleClaim(
            f"c{n}", text, Job.DOSE if n == 1 else Job.HARM, Verdict.SUPPORTED, Certainty.NOT_GRADED, None, None,
            (ArticleCitation(n, SpanView(f"pmid:{n}", 0, len(text), text, Via.SOURCE), Directness.DIRECT, (), "trial", "adults"),),
        )
        for n, text in enumerate(texts, start=1)
    )  # fmt: skip
    references = tuple(
        Reference(
            n,
            f"pmid:{n}",
            StudyDesign.RCT,
            f"Study {n}",
            "A. Body",
            "J Test",
            2020,
            str(n),
            None,
            None,
            PublicationStatus.CURRENT,
            Via.SOURCE,
        )
        for n in range(1, len(texts) + 1)
    )
    patient = PatientView(70.0, None, None, "hemodialysis", None, (), ())
    frame = FrameView(Intent.TREATMENT, ("hemodialysis",), ("cramps",), ("quizol",), (), patient)
    ids = tuple(c.id for c in claims)
    return Article(
        SCHEMA, "a1", None, AskedQuestion(asked, audience, frame), Disposition.ANSWER, (), (), "Quizol", ids[:1],
        (Section("Evidence", Job.EVIDENCE, ids), *([Section("Harms", Job.HARM, ids[1:2])] if ids[1:] else [])), claims, (),
        (DoseRow("quizol", "5 mg", "at night", "adults on hemodialysis", "cramps", Directness.DIRECT, ids[:1]),), (), (), references,
        "Composed by a machine.", "Not reviewed.", "cite", "check", Review(), Provenance("Osler 0", snapshot, "quotes", None, None, "2026-03-01T00:00:00+00:00", 1.0),
    )  # fmt: skip


def patient_variant(main: Article) -> Article:
    return replace(main, question=replace(main.question, audience=Audience.PATIENT))


def open_desk(home: Path, clock: Hands | None = None) -> Desk:
    return Desk(home, clock or Hands())


PEOPLE = {
    "ann": (Role.AUTHOR,), "ed": (Role.EDITOR,), "rea": (Role.REVIEWER,), "rob": (Role.REVIEWER,), "ria": (Role.REVIEWER,),
    "both": (Role.AUTHOR, Role.REVIEWER, Role.EDITOR), "adam": (Role.ADMIN,),
}  # fmt: skip


def staff(desk: Desk) -> dict[str, Actor]:
    """An author, an editor, three reviewers with a declaration of today, one with every role but admin, and an admin."""
    people = {}
    for login, roles in PEOPLE.items():
        made = add_account(desk, OPERATOR, login, login.title(), roles, credentials="PharmD")
        people[login] = Actor(made.id, Means.PASSWORD)
        if Role.REVIEWER in roles:
            disclose(desk, people[login], "")
    return people


def staffed_desk(home: Path, clock: Hands | None = None) -> Desk:
    """A desk with its staff, copied from one that was made once: twelve transactions to the disk take a while."""
    shutil.copytree(_made_once() / "desk", home / "desk")
    return open_desk(home, clock)


@lru_cache(maxsize=1)
def _made_once() -> Path:
    home = Path(tempfile.mkdtemp(prefix="osler-desk-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    desk = open_desk(home)
    staff(desk)
    desk.close()
    return home


def people_of(desk: Desk) -> dict[str, Actor]:
    return {a.login: Actor(a.id, Means.PASSWORD) for a in list_accounts(desk)}


def submitted(desk: Desk, people: dict[str, Actor], main: Article | None = None, title: str = TITLE) -> Case:
    return at_desk.submit(desk, people["ann"], main or article(), (), title, no_faults)


def under_review(desk: Desk, people: dict[str, Actor], title: str = TITLE) -> Case:
    case = submitted(desk, people, title=title)
    for reviewer in ("rea", "rob", "ria"):
        case = at_desk.assign(desk, people["ed"], case.id, reviewer)
    return case


def approved(desk: Desk, people: dict[str, Actor], title: str = TITLE) -> Case:
    case = under_review(desk, people, title)
    for reviewer in ("rea", "rob"):
        case = at_desk.approve(desk, people[reviewer], case.id, case.content_hash)
    return case


def published(desk: Desk, people: dict[str, Actor], title: str = TITLE) -> Case:
    from osler.review import release

    case = approved(desk, people, title)
    return release.publish(desk, people["ed"], case.id, case.content_hash)
