"""What people do at the desk by a button: the fields of a form to the desk's own function. No rule stands here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.datastructures import FormData

from osler.domain.account import Actor
from osler.domain.article import Article
from osler.domain.review import Outcome, Thread
from osler.errors import Refused, UnknownAnswer
from osler.review import desk as at_desk
from osler.review import erase, flagging, history, release, threads
from osler.review.recheck import against_library
from osler.review.steps import Remove, Retitle, Reword, Step
from osler.review.store import Desk
from osler.web.forms import said
from osler.web.site import Site

Act = Callable[[Site, Actor, str, FormData], object]


def _thread(site: Site, actor: Actor, case_id: str, form: FormData) -> Thread:
    """A thread of this very case: a number from another page opens nothing."""
    number = said(form, "thread")
    found = history.case_file(site.desk, actor, case_id).threads
    thread = next((t for t in found if str(t.id) == number), None)
    if thread is None:
        raise Refused("there is no such comment here")
    return thread


def _comment(site: Site, actor: Actor, case_id: str, form: FormData) -> object:
    return threads.open_thread(site.desk, actor, case_id, said(form, "text"), said(form, "claim") or None)


def _close(site: Site, actor: Actor, case_id: str, form: FormData) -> None:
    outcome = next((o for o in Outcome if o.value == said(form, "outcome")), Outcome.OPEN)
    threads.close_thread(site.desk, actor, _thread(site, actor, case_id, form).id, outcome, said(form, "text"))


def _edit(site: Site, actor: Actor, case_id: str, form: FormData) -> object:
    """One step from one form: a title, a sentence in other words, or a sentence taken out."""
    claim, step = said(form, "claim"), said(form, "step")
    made: dict[str, Step] = {
        "title": Retitle(said(form, "text")),
        "reword": Reword(claim, said(form, "text")),
        "remove": Remove(claim),
    }
    if step not in made:
        raise Refused("say what is to be changed")
    return at_desk.edit(site.desk, actor, case_id, said(form, "seen"), (made[step],), site.asking.library().lexicon)


def _revise(site: Site, actor: Actor, case_id: str, form: FormData) -> object:
    """The stored question, asked again of the library of today, for every reader the text was made for."""
    case = history.case_file(site.desk, actor, case_id).case
    texts = history.content(site.desk, actor, case_id)
    if site.casebook is None:
        raise Refused("this server stores no questions")
    try:
        request = site.casebook.find(case.answer_id, case.author).request
    except UnknownAnswer:
        raise Refused("its author has erased the question: it cannot be asked again") from None

    def answer(text: Article) -> Article:
        return site.asking.answer(replace(request, audience=text.question.audience)).article

    def do() -> object:
        library = site.asking.library()
        recheck = against_library(lambda i, v: library.catalog.document(i, v).text, library.lexicon)
        variants = [answer(v) for v in texts.variants]
        return at_desk.revise(site.desk, actor, case_id, said(form, "seen"), answer(texts.article), variants, recheck)

    return site.asking.submit(actor.account_id, do).result()


def _with_reason(do: Callable[[Desk, Actor, str, str], object]) -> Act:
    """The reason goes to the desk as a comment first; without one the desk asks for it. None is left behind on a text that
    whoever acts has not read."""

    def judged(site: Site, actor: Actor, case_id: str, form: FormData) -> object:
        case, seen = history.case_file(site.desk, actor, case_id).case, said(form, "seen")
        if said(form, "text") and seen and case.content_hash.startswith(seen):
            threads.open_thread(site.desk, actor, case_id, said(form, "text"))
        return do(site.desk, actor, case_id, said(form, "seen"))

    return judged


def _seen(do: Callable[[Desk, Actor, str, str], object]) -> Act:
    return lambda site, actor, case_id, form: do(site.desk, actor, case_id, said(form, "seen"))


def _plain(do: Callable[[Desk, Actor, str], object]) -> Act:
    return lambda site, actor, case_id, form: do(site.desk, actor, case_id)


ACTIONS: dict[str, Act] = {
    "submit": _seen(at_desk.submit_draft),
    "assign": lambda site, actor, case_id, form: at_desk.assign(site.desk, actor, case_id, said(form, "reviewer")),
    "recuse": _plain(at_desk.recuse),
    "edit": _edit,
    "revise": _revise,
    "sign": _seen(at_desk.approve),
    "unsign": _plain(at_desk.unsign),
    "request_changes": _with_reason(at_desk.request_changes),
    "reject": _with_reason(at_desk.reject),
    "publish": _seen(release.publish),
    "reopen": _plain(release.reopen),
    "reaffirm": lambda site, actor, case_id, form: release.reaffirm(
        site.desk, actor, case_id, said(form, "seen"), said(form, "text")
    ),
    "correct": lambda site, actor, case_id, form: release.correct(
        site.desk, actor, case_id, said(form, "seen"), said(form, "text")
    ),
    "retract": lambda site, actor, case_id, form: release.retract(site.desk, actor, case_id, said(form, "text")),
    "supersede": lambda site, actor, case_id, form: release.supersede(
        site.desk, actor, case_id, said(form, "by"), said(form, "text")
    ),
    "flag": lambda site, actor, case_id, form: flagging.flag(site.desk, actor, case_id, said(form, "text")),
    "comment": _comment,
    "reply": lambda site, actor, case_id, form: threads.reply(
        site.desk, actor, _thread(site, actor, case_id, form).id, said(form, "text")
    ),
    "close": _close,
    "erase": lambda site, actor, case_id, form: erase.erase_case(site.desk, actor, case_id),
}
"""Every button of a case."""
