"""The review desk on the command line: every step from a stored answer to a published article, each by a person with a password."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler.cli_common import open_named_library, write
from osler.cli_desk import opened, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from osler.domain.account import Actor
    from osler.domain.article import Article
    from osler.domain.review import Case
    from osler.review.steps import Step
    from osler.review.store import Desk

review_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="From an answer to a reviewed, published article.")

CaseId = Annotated[str, typer.Argument(help="The case, as `osler review list` shows it.")]
Seen = Annotated[str, typer.Argument(help="The hash of the text you have read, or its first 12 characters.")]
As = Annotated[str, typer.Option("--as", help="Your login; your password is asked for.")]


class Became(StrEnum):
    """What became of a comment."""

    changed = "changed"
    answered = "answered"
    declined = "declined"


def _show(case: Case) -> None:
    write(f"{case.id}  {case.state.value.replace('_', ' ')}  version {case.version}  {case.content_hash[:12]}  {case.title}\n")
    if case.slug:
        write(f"    address {case.slug}; review due {case.due_on or '-'}{f'; {case.reason}' if case.reason else ''}\n")


def _do(login: str, act: Callable[[Desk, Actor], Case]) -> None:
    desk = opened()
    _show(act(desk, signed_in(desk, login)))


@review_app.command("submit")
def submit(
    answer: Annotated[str, typer.Argument(help="The id of a stored answer, or a file with its JSON.")],
    title: Annotated[str, typer.Option(help="The public title: no question, no patient.")],
    login: As,
    also: Annotated[list[str] | None, typer.Option("--with", help="The same for another reader; may be repeated.")] = None,
) -> None:
    """Submit an answer for review, under a public title; every span is compared with the library once more."""
    from osler.review import desk as at_desk
    from osler.review.recheck import against_library

    library = open_named_library()
    recheck = against_library(lambda i, v: library.catalog.document(i, v).text, library.lexicon)
    main, *variants = [_article(a) for a in (answer, *(also or ()))]
    _do(login, lambda d, by: at_desk.submit(d, by, main, variants, title, recheck))


def _article(name: str) -> Article:
    from osler.casebook.store import open_casebook
    from osler.domain.article import Article
    from osler.domain.codec import decode
    from osler.errors import InputFileError
    from osler.settings import load_settings

    path = Path(name)
    if not path.is_file():
        return open_casebook(load_settings()).find(name).article
    try:
        return decode(Article, json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputFileError(f"{path}: not an answer of Osler's: {error}") from error


@review_app.command("list")
def list_cases(login: As) -> None:
    """Cases that you may see, the last changed first."""
    from osler.review.history import cases

    desk = opened()
    for case in cases(desk, signed_in(desk, login)):
        _show(case)


@review_app.command("show")
def show(case_id: CaseId, login: As) -> None:
    """A case whole: its text, who reviews it, signatures, comments, versions."""
    from osler.article.render import to_text
    from osler.review import history

    desk = opened()
    actor = signed_in(desk, login)
    held = history.case_file(desk, actor, case_id)
    names = _names(desk)
    write(to_text(history.preview(desk, actor, case_id)) + "\n" if not held.case.erased else "")
    _show(held.case)
    lines = [f"signatures that count: {len(held.counting)} of {held.quorum}"]
    lines += [f"  reviewer {names(a.reviewer)}{' (stepped back)' if a.recused_at else ''}" for a in held.assignments]
    lines += [
        f"  signed by {names(a.reviewer)}, version {a.version}, {a.at[:10]}{' (revoked)' if a.revoked_at else ''}"
        for a in held.approvals
    ]
    for t in held.threads:
        lines.append(f"comment {t.id} on {t.claim_id or 'the whole'}, version {t.version}: {t.outcome.value}")
        lines += [f"  {names(c.by)}: {c.text}" for c in t.comments]
    lines += [f"version {v.number}, {v.hash[:12]}, {v.at[:10]}, {names(v.by)}: {', '.join(v.steps)}" for v in held.versions]
    write("\n".join(lines) + "\n")


def _names(desk: Desk) -> Callable[[str], str]:
    from osler.accounts.people import list_accounts

    known = {a.id: a.name for a in list_accounts(desk)}
    return lambda i: known.get(i, i)


@review_app.command("diff")
def diff(case_id: CaseId, before: Annotated[int, typer.Argument(help="A version.")], after: Annotated[int, typer.Argument(help="A later one.")], login: As) -> None:  # fmt: skip
    """What changed between two versions, claim by claim."""
    from osler.review.history import changes

    desk = opened()
    found = changes(desk, signed_in(desk, login), case_id, before, after)
    for c in found.claims:
        one = c.after or c.before
        if c.change.value != "same" and one is not None:
            write(f"{c.change.value}: {one.text}{''.join(f'{chr(10)}    {w}' for w in c.what)}\n")
    for p in found.parts:
        write(f"{p.part}:\n" + "".join(f"  - {x}\n" for x in p.removed) + "".join(f"  + {x}\n" for x in p.added))


@review_app.command("assign")
def assign(case_id: CaseId, reviewer: Annotated[str, typer.Argument(help="The reviewer's login.")], login: As) -> None:
    """Name a reviewer (editors); with the first one the review begins."""
    from osler.review import desk as at_desk

    _do(login, lambda d, by: at_desk.assign(d, by, case_id, reviewer))


@review_app.command("recuse")
def recuse(case_id: CaseId, login: As) -> None:
    """Step back from an article, for good."""
    from osler.review import desk as at_desk

    _do(login, lambda d, by: at_desk.recuse(d, by, case_id))


@review_app.command("comment")
def comment(
    case_id: CaseId,
    text: Annotated[str, typer.Argument(help="The comment.")],
    login: As,
    claim: Annotated[str | None, typer.Option(help="The claim it is about; otherwise the whole article.")] = None,
) -> None:
    """Open a comment; nothing is approved until it is closed."""
    from osler.review.threads import open_thread

    desk = opened()
    write(f"comment {open_thread(desk, signed_in(desk, login), case_id, text, claim)}\n")


@review_app.command("close")
def close(
    number: Annotated[int, typer.Argument(help="The comment's number.")],
    became: Annotated[Became, typer.Argument(help="changed, answered or declined.")],
    login: As,
    text: Annotated[str, typer.Option(help="Why; needed when it is declined.")] = "",
) -> None:
    """Close a comment with what became of it."""
    from osler.domain.review import Outcome
    from osler.review.threads import close_thread

    desk = opened()
    close_thread(desk, signed_in(desk, login), number, Outcome(became.value), text)
    write(f"comment {number}: {became.value}\n")


@review_app.command("edit")
def edit(
    case_id: CaseId,
    seen: Seen,
    login: As,
    title: Annotated[str | None, typer.Option(help="A new title.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A claim to take out, by its id; may be repeated.")] = None,
    reword: Annotated[
        list[str] | None, typer.Option(help='"c3=new words": they are checked against the source; may be repeated.')
    ] = None,
) -> None:
    """Change a text; every approval of it is revoked."""
    from osler.language.lexicon import default_lexicon
    from osler.review import desk as at_desk
    from osler.review.steps import Remove, Retitle, Reword

    pairs = [r.partition("=") for r in reword or ()]
    steps: list[Step] = [Reword(claim, text) for claim, _, text in pairs]
    steps += [Remove(claim) for claim in remove or ()]
    steps += [Retitle(title)] if title is not None else []
    _do(login, lambda d, by: at_desk.edit(d, by, case_id, seen, steps, default_lexicon()))


def _simple(name: str, module: str, help_: str) -> None:
    """A step that takes the case and the hash of the text that was read."""

    def step(case_id: CaseId, seen: Seen, login: As) -> None:
        from importlib import import_module

        act = getattr(import_module(f"osler.review.{module}"), name)
        _do(login, lambda d, by: act(d, by, case_id, seen))

    step.__doc__ = help_
    review_app.command({"submit_draft": "resubmit"}.get(name, name.replace("_", "-")))(step)


_simple("approve", "desk", "Sign exactly the text with this hash.")
_simple("submit_draft", "desk", "Submit again what was sent back (its author).")
_simple("request_changes", "desk", "Send it back to its author; a comment says what to change.")
_simple("reject", "desk", "Reject it for good; a comment says why.")
_simple("publish", "release", "Publish an approved article (editors); it gets its address.")
_simple("reaffirm", "release", "Publish anew, unchanged, what was reviewed again (editors).")


@review_app.command("unsign")
def unsign(case_id: CaseId, login: As) -> None:
    """Take your signature back."""
    from osler.review import desk as at_desk

    _do(login, lambda d, by: at_desk.unsign(d, by, case_id))


@review_app.command("correct")
def correct(case_id: CaseId, seen: Seen, note: Annotated[str, typer.Option(help="What was wrong; public.")], login: As) -> None:
    """Put a changed and signed text in the place of the public one (editors)."""
    from osler.review import release

    _do(login, lambda d, by: release.correct(d, by, case_id, seen, note))


@review_app.command("flag")
def flag(case_id: CaseId, why: Annotated[str, typer.Argument(help="What speaks against it; public.")], login: As) -> None:
    """Mark a public article: something speaks against it."""
    from osler.review import flagging

    _do(login, lambda d, by: flagging.flag(d, by, case_id, why))


@review_app.command("reopen")
def reopen(case_id: CaseId, login: As) -> None:
    """Begin another review of an article that is due, out of date or flagged (editors)."""
    from osler.review import release

    _do(login, lambda d, by: release.reopen(d, by, case_id))


@review_app.command("retract")
def retract(case_id: CaseId, reason: Annotated[str, typer.Option(help="Why; public, and it stays.")], login: As) -> None:
    """Take a public article away from readers, at once (editors); address, reason and date stay."""
    from osler.review import release

    _do(login, lambda d, by: release.retract(d, by, case_id, reason))


@review_app.command("supersede")
def supersede(case_id: CaseId, by_case: Annotated[str, typer.Argument(help="The case that takes its place.")], login: As) -> None:
    """Let another published article take its place (editors)."""
    from osler.review import release

    _do(login, lambda d, by: release.supersede(d, by, case_id, by_case))


@review_app.command("watch")
def watch() -> None:
    """Flag every article that cites a document which changed since; move what is due or out of date."""
    from functools import partial

    from osler.casebook.standing import moved
    from osler.review.flagging import flag_moved, keep_time

    desk = opened()
    flagged = flag_moved(desk, partial(moved, open_named_library().catalog))
    write("".join(f"flagged: {i}\n" for i in flagged) + "".join(f"due or out of date: {i}\n" for i in keep_time(desk)))


@review_app.command("erase")
def erase(case_id: CaseId) -> None:
    """Remove every text of a case that was never published or is retracted; state, dates and address stay."""
    from osler.domain.account import OPERATOR
    from osler.review.erase import erase_case

    _show(erase_case(opened(), OPERATOR, case_id))


@review_app.command("policy")
def policy(
    quorum: Annotated[int | None, typer.Option(help="People who must sign the same text.")] = None,
    disclosure_days: Annotated[int | None, typer.Option(help="How old a declaration of interests may be.")] = None,
    review_days: Annotated[int | None, typer.Option(help="From publication until it is reviewed again.")] = None,
    expiry_days: Annotated[int | None, typer.Option(help="From then until it is out of date.")] = None,
) -> None:
    """Show the policy of the desk, or change it; each change is audited."""
    from osler.domain.account import OPERATOR
    from osler.review import desk as at_desk
    from osler.review.public import policy as held

    desk = opened()
    given = {
        "quorum": quorum,
        "disclosure_valid_days": disclosure_days,
        "review_after_days": review_days,
        "expires_after_days": expiry_days,
    }
    changes = {k: v for k, v in given.items() if v is not None}
    found = at_desk.set_policy(desk, OPERATOR, **changes) if changes else held(desk)
    for name in given:
        write(f"{name}: {getattr(found, name)}\n")
