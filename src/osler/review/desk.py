"""The desk before publication: draft, submit, assign, edit, sign, send back, reject. One function, one transaction.

`seen` is the hash (at least its first 12 characters) of the text that whoever acts has read: when somebody has changed it
meanwhile the action raises Conflict and nothing happens. Every function raises Refused with all reasons.
"""

from __future__ import annotations

from collections.abc import Sequence

from osler import audit
from osler.accounts.people import check_text, find, latest_disclosure, require_admin
from osler.domain.account import Actor, Role
from osler.domain.article import Article, ReviewState
from osler.domain.review import Case, Policy
from osler.errors import Refused
from osler.language.lexicon import Lexicon
from osler.review import rows, store
from osler.review.content import public_form
from osler.review.edits import apply_steps
from osler.review.recheck import Recheck
from osler.review.states import Action
from osler.review.steps import Step
from osler.review.store import Desk
from osler.review.turn import Turn, acting, check_public, in_person


def draft(desk: Desk, actor: Actor, article: Article, variants: Sequence[Article], public_title: str, recheck: Recheck) -> Case:
    """Put an article on the desk under a public title. `variants`: the same for other readers. The question's own words stay out."""
    title = " ".join(check_text("title", public_title).split())
    _recheck((article, *variants), recheck)
    with acting(desk, actor) as turn:
        return _drafted(turn, public_form(article, title), tuple(public_form(v, title) for v in variants))


def submit(desk: Desk, actor: Actor, article: Article, variants: Sequence[Article], public_title: str, recheck: Recheck) -> Case:
    """Draft and submit in one. Refused when the title or a text carries a sign of a patient, with the place of each."""
    title = " ".join(check_text("title", public_title).split())
    _recheck((article, *variants), recheck)
    made, others = public_form(article, title), tuple(public_form(v, title) for v in variants)
    check_public(made, others, [a.question.text for a in (article, *variants)])
    with acting(desk, actor) as turn:
        return _submitted(turn, _drafted(turn, made, others))


def submit_draft(desk: Desk, actor: Actor, case_id: str, seen: str) -> Case:
    """A draft, or an article whose reviewers asked for changes, goes to review."""
    with acting(desk, actor) as turn:
        case = turn.case(case_id, seen)
        turn.allow(case, Action.SUBMIT)
        content = rows.content_of(turn.connection, case.id, case.version)
        check_public(content.article, content.variants)
        return _submitted(turn, case)


def assign(desk: Desk, actor: Actor, case_id: str, reviewer: str) -> Case:
    """An editor names a reviewer, by login or id; with the first one the review begins."""
    with acting(desk, actor) as turn:
        case = turn.case(case_id)
        to = turn.allow(case, Action.ASSIGN)
        account = find(turn.connection, reviewer)
        if not account.may(Role.REVIEWER):
            raise Refused(f"{account.login} is not an active reviewer")
        if account.id in rows.contributors(turn.connection, case):
            raise Refused(f"{account.login} wrote or edited this article")
        held = {a.reviewer: a for a in rows.assignments_of(turn.connection, case.id)}
        if account.id in held:
            stepped = held[account.id].recused_at is not None
            raise Refused(
                f"{account.login} has stepped back from this article" if stepped else f"{account.login} is assigned already"
            )
        turn.connection.execute(
            store.assignments.insert().values(case_id=case.id, reviewer=account.id, assigned_by=actor.account_id, at=desk.stamp())
        )
        return turn.move(case, Action.ASSIGN, to)


def recuse(desk: Desk, actor: Actor, case_id: str) -> Case:
    """A reviewer steps back, for good; a signature of theirs is taken back with it."""
    with acting(desk, actor) as turn:
        case = turn.case(case_id)
        account = in_person(turn)
        a = store.assignments
        where = (a.c.case_id == case.id, a.c.reviewer == account.id, a.c.recused_at.is_(None))
        if not turn.connection.execute(a.update().where(*where).values(recused_at=desk.stamp())).rowcount:
            raise Refused("you are not assigned to this article")
        audit.append(turn.connection, desk.stamp(), actor.account_id, "review.recuse", case.id)
        return _unsigned(turn, case) if turn.revoke_approvals(case.id, account.id) else case


def edit(desk: Desk, actor: Actor, case_id: str, seen: str, steps: Sequence[Step], lexicon: Lexicon) -> Case:
    """A person's changes. A new version, and every approval is revoked."""
    if not steps:
        raise Refused("nothing to change")
    with acting(desk, actor) as turn:
        case = turn.case(case_id, seen)
        turn.allow(case, Action.EDIT)
        article, variants = apply_steps(rows.content_of(turn.connection, case.id, case.version), steps, lexicon)
        return _edited(turn, case, article, variants, [str(s) for s in steps])


def revise(
    desk: Desk, actor: Actor, case_id: str, seen: str, article: Article, variants: Sequence[Article], recheck: Recheck
) -> Case:
    """The same question answered anew, from the library of today, takes the place of the text; the title stays."""
    _recheck((article, *variants), recheck)
    with acting(desk, actor) as turn:
        case = turn.case(case_id, seen)
        turn.allow(case, Action.EDIT)
        made, others = public_form(article, case.title), [public_form(v, case.title) for v in variants]
        private = [a.question.text for a in (article, *variants)]
        return _edited(turn, case, made, others, ["answered anew"], private)


def approve(desk: Desk, actor: Actor, case_id: str, seen: str) -> Case:
    """Sign exactly the text whose hash is given. With the quorum's last signature an article under review is approved."""
    with acting(desk, actor) as turn:
        account = in_person(turn)
        case = turn.case(case_id, seen)
        to = turn.allow(case, Action.SIGN)
        reasons = turn.objections(case, account)
        if waiting := rows.open_threads(turn.connection, case.id):
            reasons.append(f"{waiting} open comment thread(s)")
        if any(a.reviewer == account.id for a in turn.standing(case)):
            reasons.append("you have signed this text already")
        if reasons:
            raise Refused(*reasons)
        rows.content_of(turn.connection, case.id, case.version)
        disclosure = latest_disclosure(turn.connection, account.id)
        turn.connection.execute(
            store.approvals.insert().values(
                case_id=case.id, reviewer=account.id, version=case.version, content_hash=case.content_hash, round=case.round,
                at=desk.stamp(), disclosure_id=disclosure.id if disclosure else 0,
            )
        )  # fmt: skip
        case = turn.move(case, Action.SIGN, to)
        enough = len({a.reviewer for a in turn.standing(case)}) >= turn.policy.quorum
        if case.state is ReviewState.UNDER_REVIEW and enough:
            turn.cleared(case)
            return turn.move(case, Action.CLEAR, ReviewState.APPROVED)
        return case


def unsign(desk: Desk, actor: Actor, case_id: str) -> Case:
    """A reviewer takes their signature back; an approved article is under review again."""
    with acting(desk, actor) as turn:
        account = in_person(turn)
        case = turn.case(case_id)
        turn.allow(case, Action.UNSIGN)
        if not turn.revoke_approvals(case.id, account.id):
            raise Refused("you have not signed this article")
        return _unsigned(turn, case)


def request_changes(desk: Desk, actor: Actor, case_id: str, seen: str) -> Case:
    """Back to its author; what to change stands in the open threads, of which there must be one."""
    with acting(desk, actor) as turn:
        case = _judged(turn, case_id, seen, Action.REQUEST_CHANGES)
        if not rows.open_threads(turn.connection, case.id):
            raise Refused("say in a comment what is to be changed")
        turn.revoke_approvals(case.id)
        return turn.move(case, Action.REQUEST_CHANGES, ReviewState.CHANGES_REQUESTED)


def reject(desk: Desk, actor: Actor, case_id: str, seen: str) -> Case:
    """For good; why stands in a comment, of which there must be one."""
    with acting(desk, actor) as turn:
        case = _judged(turn, case_id, seen, Action.REJECT)
        if not rows.threads_of(turn.connection, case.id):
            raise Refused("say in a comment why")
        turn.revoke_approvals(case.id)
        return turn.move(case, Action.REJECT, ReviewState.REJECTED)


def set_policy(desk: Desk, by: Actor, **changes: int) -> Policy:
    """quorum, disclosure_valid_days, review_after_days, expires_after_days. Audited; never below one signature."""
    with desk.writing() as connection:
        require_admin(connection, by)
        held = rows.policy_of(connection)
        values = {name: getattr(held, name) for name in Policy.__dataclass_fields__}
        if unknown := sorted(set(changes) - set(values)):
            raise Refused(f"the policy has no {', '.join(unknown)}")
        try:
            made = Policy(**{**values, **changes})
        except ValueError as error:
            raise Refused(str(error)) from error
        for name, value in sorted(changes.items()):
            connection.execute(store.policy.delete().where(store.policy.c.name == name))
            connection.execute(store.policy.insert().values(name=name, value=value))
        audit.append(connection, desk.stamp(), by.account_id, "desk.policy", "policy", dict(sorted(changes.items())))
        return made


def _recheck(articles: Sequence[Article], recheck: Recheck) -> None:
    faults = [fault for a in articles for fault in recheck(a)]
    if faults:
        raise Refused(*dict.fromkeys(faults))


def _drafted(turn: Turn, article: Article, variants: Sequence[Article]) -> Case:
    account = turn.account
    if account is None or not account.may(Role.AUTHOR):
        raise Refused("only an author puts an article on the desk")
    insert = store.cases.insert().values(
        state=ReviewState.DRAFT.value, author=account.id, title=article.title, answer_id=article.answer_id, version=1,
        content_hash="", round=1, updated_at=turn.desk.stamp(), erased=False,
    )  # fmt: skip
    case_id = f"r{turn.connection.execute(insert.returning(store.cases.c.number)).scalar_one()}"
    digest = turn.add_version(case_id, 1, article, variants, ["first text"])
    turn.connection.execute(store.cases.update().where(store.cases.c.number == int(case_id[1:])).values(content_hash=digest))
    case = rows.find_case(turn.connection, case_id)
    turn.record("review.draft", case, ReviewState.DRAFT)
    return case


def _submitted(turn: Turn, case: Case) -> Case:
    to = turn.allow(case, Action.SUBMIT)
    return turn.move(case, Action.SUBMIT, to, submitted_at=turn.desk.stamp())


def _edited(
    turn: Turn, case: Case, article: Article, variants: Sequence[Article], steps: Sequence[str], private: Sequence[str] = ()
) -> Case:
    to = turn.allow(case, Action.EDIT)
    if case.state is not ReviewState.DRAFT:
        check_public(article, variants, private)
    digest = turn.add_version(case.id, case.version + 1, article, variants, steps)
    if digest == case.content_hash:
        raise Refused("that changes nothing")
    turn.revoke_approvals(case.id)
    return turn.move(case, Action.EDIT, to, version=case.version + 1, content_hash=digest, title=article.title)


def _unsigned(turn: Turn, case: Case) -> Case:
    to = ReviewState.UNDER_REVIEW if case.state is ReviewState.APPROVED else case.state
    return turn.move(case, Action.UNSIGN, to)


def _judged(turn: Turn, case_id: str, seen: str, action: Action) -> Case:
    """The case, when whoever acts may send it back or reject it: an editor, or a reviewer who is assigned and has not stepped back."""
    case = turn.case(case_id, seen)
    turn.allow(case, action)
    account = in_person(turn)
    held = {a.reviewer for a in rows.assignments_of(turn.connection, case.id) if a.recused_at is None}
    if Role.EDITOR not in account.roles and account.id not in held:
        raise Refused("you are not assigned to this article")
    return case
