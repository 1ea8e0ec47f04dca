"""The demonstration: fictional people and a few articles in different states, made by the functions that people use."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osler.accounts.people import add_account, disclose, list_accounts, set_password
from osler.domain.account import OPERATOR, Account, Actor, Means, Role
from osler.domain.request import Request
from osler.domain.review import Case
from osler.errors import Refused
from osler.review import desk as at_desk
from osler.review import history, release, threads
from osler.review.recheck import against_library
from osler.review.store import Desk
from osler.web.shelf import new_token

if TYPE_CHECKING:
    from osler.web.site import Site

PEOPLE = (
    ("demo-author", "Demo Author (fictional)", "Pharmacist, demonstration account", (Role.AUTHOR,)),
    ("demo-reviewer-1", "Demo Reviewer One (fictional)", "Nephrologist, demonstration account", (Role.REVIEWER,)),
    ("demo-reviewer-2", "Demo Reviewer Two (fictional)", "Clinical pharmacist, demonstration account", (Role.REVIEWER,)),
    ("demo-editor", "Demo Editor (fictional)", "Editor, demonstration account", (Role.EDITOR,)),
    ("demo-admin", "Demo Admin (fictional)", "Demonstration account", (Role.ADMIN,)),
)
PUBLISHED = "Is methocarbamol safe on hemodialysis?"
APPROVED = "Gabapentin dose for uremic itch on hemodialysis?"
UNDER_REVIEW = "What can I give a patient on hemodialysis for back spasm instead of baclofen?"
SUBMITTED = "How is restless legs syndrome treated in people on dialysis?"


@dataclass(frozen=True, slots=True)
class Login:
    login: str
    password: str


def seed(site: Site) -> tuple[Login, ...]:
    """Make the people and, the first time, the articles. Every start gives new passwords, told once and kept as hashes only.

    Raises Refused at a desk of real people (their readers must not find articles that fictional ones signed), LibraryError.
    """
    held = {a.login for a in list_accounts(site.desk)}
    if held - {login for login, *_ in PEOPLE}:
        raise Refused("this desk has real people: give the demonstration a library of its own (OSLER_HOME)")
    logins = tuple(Login(login, secrets.token_urlsafe(15)) for login, *_ in PEOPLE)
    for (login, name, credentials, roles), made in zip(PEOPLE, logins, strict=True):
        if login in held:
            set_password(site.desk, OPERATOR, login, made.password)
        else:
            add_account(site.desk, OPERATOR, login, name, roles, credentials=credentials, password=made.password)
    if PEOPLE[0][0] not in held:
        _articles(site, {a.login: a for a in list_accounts(site.desk)})
    return logins


def is_seeded(desk: Desk) -> bool:
    """Whether fictional people can sign in at this desk."""
    return any(a.active and a.login in {login for login, *_ in PEOPLE} for a in list_accounts(desk))


def _articles(site: Site, people: dict[str, Account]) -> None:
    author, first, second, editor, _ = (Actor(people[login].id, Means.PASSWORD) for login, *_ in PEOPLE)
    disclose(site.desk, first, "")
    disclose(site.desk, second, "Speaker fees from a fictional maker of dialysis machines.")
    submitted = _submitted(site, author)
    for number, case in enumerate(submitted):
        if number == 0:
            continue  # still waiting for an editor
        for reviewer in (first, second):
            at_desk.assign(site.desk, editor, case.id, reviewer.account_id)
    _, under_review, approved, published = submitted
    at_desk.approve(site.desk, second, under_review.id, under_review.content_hash)
    claim = history.content(site.desk, author, under_review.id).article.claims[0].id
    threads.open_thread(
        site.desk, first, under_review.id, "Demonstration comment: please check how this fits people on dialysis.", claim
    )
    for case in (approved, published):
        for reviewer in (first, second):
            at_desk.approve(site.desk, reviewer, case.id, case.content_hash)
    release.publish(site.desk, editor, published.id, published.content_hash)


def _submitted(site: Site, author: Actor) -> tuple[Case, ...]:
    library = site.asking.library()
    recheck = against_library(lambda i, v: library.catalog.document(i, v).text, library.lexicon)

    def each() -> Iterator[Case]:
        for question in (SUBMITTED, UNDER_REVIEW, APPROVED, PUBLISHED):
            made = site.asking.answer(Request((question,)))
            site.shelf.put(author.account_id, new_token(), made.article, Request((question,)), made)
            yield at_desk.submit(site.desk, author, made.article, (), made.article.title, recheck)

    return tuple(each())
