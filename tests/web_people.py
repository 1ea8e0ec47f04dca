"""A desk with people on it, reached by the pages' own forms: what the tests of the web's desk, accounts and public pages share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from osler.accounts import passwords
from osler.accounts.people import add_account
from osler.domain.account import OPERATOR, Role
from web_client import Reader, text_of

PASSWORD = "seven quiet herons"  # noqa: S105
QUESTION = "Is methocarbamol safe on hemodialysis?"
TITLE = "Methocarbamol on hemodialysis"
PEOPLE = {
    "ann": (Role.AUTHOR,),
    "bea": (Role.AUTHOR,),
    "rea": (Role.REVIEWER,),
    "rob": (Role.REVIEWER,),
    "ria": (Role.REVIEWER, Role.AUTHOR),
    "ed": (Role.EDITOR,),
    "ada": (Role.ADMIN,),
}


@contextmanager
def quick_hashes() -> Iterator[None]:
    """The real algorithm with a small bill."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", {"time_cost": 1, "memory_cost": 64, "parallelism": 1})
        passwords._hasher.cache_clear()
        passwords._nobody.cache_clear()
        yield
    passwords._hasher.cache_clear()
    passwords._nobody.cache_clear()


def hire(app: Any) -> None:
    for login, roles in PEOPLE.items():
        add_account(app.state.site.desk, OPERATOR, login, f"{login.title()} Quill", roles, credentials="PharmD", password=PASSWORD)


def signed_in(app: Any, login: str, password: str = PASSWORD) -> Reader:
    reader = Reader(app)
    reader.get("/signin")
    answer = reader.post("/signin", login=login, password=password, to="/account")
    assert answer.status_code == 303, text_of(answer.text)
    reader.get("/account")
    return reader


class Staff:
    """Everybody with a browser of their own, signed in when first asked for."""

    def __init__(self, app: Any) -> None:
        self.app = app
        hire(app)
        self.by: dict[str, Reader] = {}

    def __getitem__(self, login: str) -> Reader:
        if login not in self.by:
            self.by[login] = signed_in(self.app, login)
        return self.by[login]

    def declare(self, *logins: str) -> None:
        for login in logins:
            assert self[login].post("/account/interests", has="no").status_code == 303

    def submit(self, login: str = "ann", question: str = QUESTION, title: str = TITLE, **more: str) -> str:
        """The path of the case."""
        answer = self[login].post(self[login].ask(question).replace("/a/", "/submit/"), title=title, **more)
        assert answer.status_code == 303, text_of(answer.text)
        return str(answer.headers["location"])

    def seen(self, case: str, login: str = "ed") -> str:
        """The hash of the text that this person's page shows."""
        page = self[login].get(case).text
        found = re.search(r'name="seen" value="(\w{64})"', page)
        assert found, text_of(page)
        return found[1]

    def under_review(self, *reviewers: str) -> str:
        case = self.submit()
        for reviewer in reviewers:
            account = next(a for a in _accounts(self.app) if a.login == reviewer)
            assert self["ed"].post(f"{case}/assign", reviewer=account.id).status_code == 303
        return case

    def approved(self) -> str:
        self.declare("rea", "rob")
        case = self.under_review("rea", "rob")
        for reviewer in ("rea", "rob"):
            assert self[reviewer].post(f"{case}/sign", seen=self.seen(case, reviewer)).status_code == 303
        return case

    def published(self) -> tuple[str, str]:
        """Paths of the case and of the public page."""
        case = self.approved()
        assert self["ed"].post(f"{case}/publish", seen=self.seen(case)).status_code == 303
        found = re.search(r'href="(/articles/[\w-]+)"', self["ed"].get(case).text)
        assert found
        return case, found[1]

    def state(self, case: str) -> str:
        found = re.search(r"State: ([a-z ]+)<", self["ed"].get(case).text)
        assert found
        return found[1]


def _accounts(app: Any) -> Any:
    from osler.accounts.people import list_accounts

    return list_accounts(app.state.site.desk)


def account_id(app: Any, login: str) -> str:
    return next(a.id for a in _accounts(app) if a.login == login)
