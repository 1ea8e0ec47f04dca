"""What the public sees: articles as they were signed, their log, the board, the policy. Reads only; no account needed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from osler.accounts.people import disclosure_of, every, find, latest_disclosure
from osler.domain.account import Account, Role
from osler.domain.article import Article, Review, Reviewer, ReviewState
from osler.domain.review import Approval, Case, Content, Listed, LogEntry, Member, Policy, Published
from osler.errors import LibraryDamaged
from osler.review import rows, store
from osler.review.states import PUBLIC
from osler.review.store import Desk
from osler.review.turn import is_current

NEVER_A_PRESCRIPTION = (
    "For healthcare professionals and for education. Composed by a machine from the evidence listed below, and reviewed by the people "
    "named. It is not a prescription and does not replace clinical judgement, the product label or local policy. In an emergency call "
    "emergency services."
)
FOR_PATIENTS = (
    "For information, composed by a machine from the sources listed below, and reviewed by the people named. It does not replace your "
    "doctor, pharmacist or nurse: talk to them before you start, stop or change a medicine. In an emergency call emergency services."
)
_GONE = (ReviewState.RETRACTED,)


def policy(desk: Desk) -> Policy:
    """The policy in force, for the page that states it."""
    with desk.reading() as connection:
        return rows.policy_of(connection)


def listing(desk: Desk) -> tuple[Listed, ...]:
    """Every article with a public address, the last changed first; retracted and superseded ones are among them, and say so."""
    with desk.reading() as connection:
        found = [_listed(connection, desk, c) for c in rows.cases_in(connection, PUBLIC)]
    return tuple(sorted(found, key=lambda e: (e.updated_on, e.slug), reverse=True))


def published(desk: Desk, slug: str, audience: str | None = None) -> Published | None:
    """What stands at an address; None when it was never given. `audience`: a variant, when there is one for this reader.

    Raises LibraryDamaged when what is stored is not what was signed: then nobody is shown it.
    """
    with desk.reading() as connection:
        case = rows.case_at(connection, slug)
        if case is None or case.published_version is None:
            return None
        listed = _listed(connection, desk, case)
        lines = _log(connection, (case,))
        if case.state in _GONE or case.erased:
            return Published(listed, None, lines)
        content = rows.content_of(connection, case.id, case.published_version)
        signatures = _signatures(connection, case, content)
        chosen = next((v for v in content.variants if v.question.audience.value == audience), content.article)
        review = review_of(connection, desk, case, case.published_version, content, signatures)
        return Published(listed, signed_form(chosen, review, find(connection, case.author)), lines)


def corrections(desk: Desk) -> tuple[LogEntry, ...]:
    """The public log of all articles, newest first."""
    with desk.reading() as connection:
        return _log(connection, rows.cases_in(connection, PUBLIC))


def log_of(desk: Desk, case_id: str) -> tuple[LogEntry, ...]:
    """The public log of one article, newest first; empty before it is published."""
    with desk.reading() as connection:
        return _log(connection, (rows.find_case(connection, case_id),))


def board(desk: Desk) -> tuple[Member, ...]:
    """Everybody who reviews or has signed a public article, by name; from the accounts themselves."""
    with desk.reading() as connection:
        cases = [c for c in rows.cases_in(connection, PUBLIC) if c.published_version is not None]
        signed: dict[str, list[Listed]] = {}
        for case in cases:
            for reviewer in dict.fromkeys(a.reviewer for a in accepted(connection, case)):
                signed.setdefault(reviewer, []).append(_listed(connection, desk, case))
        members = [a for a in every(connection) if a.id in signed or a.may(Role.REVIEWER)]
        return tuple(_member(connection, desk, a, signed.get(a.id, ())) for a in sorted(members, key=lambda a: (a.name, a.id)))


def _member(connection: sa.Connection, desk: Desk, account: Account, reviewed: Iterable[Listed]) -> Member:
    disclosure = latest_disclosure(connection, account.id)
    current = disclosure is not None and is_current(disclosure, rows.policy_of(connection), desk.now().date())
    active = account.may(Role.REVIEWER)
    return Member(account.name, account.credentials, active, disclosure, current, tuple(reviewed))


def _listed(connection: sa.Connection, desk: Desk, case: Case) -> Listed:
    return Listed(
        slug=case.slug or "",
        title=case.published_title or "",
        state=rows.state_on(case, desk.now().date()),
        published_on=(case.published_at or "")[:10],
        updated_on=case.updated_at[:10],
        due_on=case.due_on,
        audiences=()
        if case.erased or case.published_version is None
        else rows.audiences_of(connection, case.id, case.published_version),
        reason=case.reason,
        superseded_by=case.superseded_by,
    )


def _log(connection: sa.Connection, cases: Iterable[Case]) -> tuple[LogEntry, ...]:
    by_id = {c.id: c for c in cases}
    found = connection.execute(sa.select(store.log).order_by(store.log.c.id.desc()))
    return tuple(
        LogEntry(by_id[r.case_id].slug or "", by_id[r.case_id].published_title or "", ReviewState(r.state), r.at, r.note)
        for r in found
        if r.case_id in by_id
    )


def accepted(connection: sa.Connection, case: Case) -> tuple[Approval, ...]:
    """The signatures that released the text readers see. That they were revoked when the article was reopened takes nothing
    from what was published under them."""
    r = store.releases
    where = (r.c.case_id == case.id, r.c.version == case.published_version)
    row = connection.execute(sa.select(r).where(*where).order_by(r.c.id.desc()).limit(1)).one_or_none()
    ids = set(json.loads(row.approvals)) if row is not None else set()
    held = (a for a in rows.approvals_of(connection, case.id) if a.id in ids)
    return tuple(a for a in held if row is not None and a.content_hash == row.content_hash)


def _signatures(connection: sa.Connection, case: Case, content: Content) -> tuple[Approval, ...]:
    found = tuple(a for a in accepted(connection, case) if a.content_hash == content.hash)
    if not found:
        raise LibraryDamaged(f"{case.slug} is published, and nobody's signature is under its text; `osler audit verify` says more")
    return found


def review_of(
    connection: sa.Connection, desk: Desk, case: Case, number: int, content: Content, signatures: Iterable[Approval]
) -> Review:
    """What a page says of a text's review. `signatures`: those that count under it."""
    reviewers = []
    signed = sorted(signatures, key=lambda a: (a.at, a.reviewer))
    for approval in signed:
        account, disclosure = find(connection, approval.reviewer), disclosure_of(connection, approval.disclosure_id)
        reviewers.append(Reviewer(account.name, account.credentials, approval.at[:10], disclosure.interests, disclosure.dated_on))
    return Review(
        state=rows.state_on(case, desk.now().date()),
        reviewers=tuple(reviewers),
        last_updated=case.updated_at[:10],
        submitted_on=(case.submitted_at or "")[:10] or None,
        approved_on=signed[-1].at[:10] if signed else None,
        published_on=(case.published_at or "")[:10] or None,
        review_due_on=case.due_on,
        expires_on=case.expires_on,
        version=number,
        content_hash=content.hash,
        address=case.slug,
        reason=case.reason,
        superseded_by=case.superseded_by,
    )


def signed_form(article: Article, review: Review, author: Account) -> Article:
    """The article with who stands for it. Byline, disclaimer and how to cite follow from the signatures and are not part of
    what was signed."""
    names = ", ".join(r.name for r in review.reviewers)
    engine, snapshot = article.provenance.engine, article.provenance.library_snapshot
    composed = "without a language model" if article.provenance.model is None else f"with {article.provenance.model}"
    patient = article.question.audience.value == "patient"
    return replace(
        article,
        review=review,
        byline=f"Composed by {engine} from its library, {composed}; submitted by {author.name}; reviewed by {names}.",
        disclaimer=FOR_PATIENTS if patient else NEVER_A_PRESCRIPTION,
        how_to_cite=(
            f"{article.title}. {engine}, library snapshot {snapshot}, version {review.version}. Reviewed by {names}. "
            + (f"Published {review.published_on}, last reviewed" if review.address else "Not published; reviewed")
            + f" {review.approved_on}."
            + (f" Address: {review.address}." if review.address else "")
        ),
    )
