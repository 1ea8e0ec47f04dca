"""The whole way in a real browser: first admin, people, question, check, personalise, follow up, review, publication, an edit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

PASSWORD = "seven quiet herons"  # noqa: S105
QUESTION = "Is methocarbamol safe on hemodialysis?"
TITLE = "Methocarbamol for people on hemodialysis"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address of `osler serve` with a fresh library, and its link for the first admin."""
    environment = os.environ | {"OSLER_HOME": str(tmp_path_factory.mktemp("journey"))}
    command = [sys.executable, "-m", "osler", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        address, setup = (re.search(r"http://127\.0\.0\.1:\d+/(?:setup/[\w-]+)?", line) for line in lines)
        assert address, lines
        assert setup, lines
        yield address[0].rstrip("/"), setup[0]
        process.terminate()
        process.wait(20)


@pytest.fixture
def browse(chromium: Any, served: tuple[str, str]) -> Iterator[Callable[[], Any]]:
    """A new browser of its own. Fails when a page logs an error, or asks anything of another server."""
    contexts, faults, addresses = [], list[str](), list[str]()

    def opened() -> Any:
        context = chromium.new_context(base_url=served[0], viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" and "status of 409" not in m.text else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.on("request", lambda r: (addresses.append(r.url), addresses.append(r.headers.get("referer", ""))))
        page.on("request", lambda r: faults.append(r.url) if not r.url.startswith(served[0]) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
    assert not [a for a in addresses if "methocarbamol%20safe" in a or "methocarbamol+safe" in a]
    assert not [a for a in addresses if "pregnan" in a]


def add(admin: Any, login: str, role: str) -> str:
    """The one-time link of a new person."""
    admin.goto("/people")
    form = admin.locator("form[action='/people']")
    form.get_by_label("Login").fill(login)
    form.get_by_label("Name, as readers see it").fill(f"{login.title()} Quill")
    form.get_by_label("Credentials").fill("PharmD")
    form.get_by_label(role, exact=True).check()
    form.get_by_role("button").click()
    return str(admin.locator(".secret").inner_text())


def join(page: Any, link: str) -> Any:
    page.goto(link)
    page.get_by_label("Password, at least").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Keep it").click()
    page.wait_for_url("**/account")
    return page


def declare(page: Any) -> None:
    page.goto("/account")
    page.get_by_label("I have none").check()
    page.get_by_role("button", name="Declare, dated today").click()
    page.get_by_text("Declared on").wait_for()


def test_from_the_first_admin_to_a_published_article_that_an_edit_sends_back(
    browse: Callable[[], Any], served: tuple[str, str]
) -> None:
    admin = browse()
    admin.goto(served[1])
    admin.get_by_label("Login").fill("ada")
    admin.get_by_label("Name, as readers see it").fill("Ada Quill")
    admin.get_by_label("Password, at least").fill(PASSWORD)
    admin.get_by_label("The same password again").fill(PASSWORD)
    admin.get_by_role("button", name="Create the admin").click()
    admin.wait_for_url("**/people")
    roles = {"ann": "author", "rea": "reviewer", "rob": "reviewer", "ed": "editor"}
    ann, rea, rob, ed = (join(browse(), add(admin, login, role)) for login, role in roles.items())
    for reviewer in (rea, rob):
        declare(reviewer)

    # Ask, check a sentence, personalise, follow up.
    ann.goto("/")
    ann.fill("#question", QUESTION)
    ann.click("button.primary")
    ann.wait_for_url("**/a/*")
    ann.wait_for_selector("#exports-h")
    first = ann.url
    ann.locator(".bottom-line a.sentence").first.click()
    ann.wait_for_selector("#drawer mark")
    ann.get_by_role("button", name="Pharmacist").click()
    ann.wait_for_url(lambda url: "/a/" in url and url != first)
    ann.wait_for_selector("#exports-h")
    second = ann.url
    ann.fill("#follow-q", "And if she is pregnant?")
    ann.locator(".followform button.primary").click()
    ann.wait_for_url(lambda url: "/a/" in url and url not in (first, second))
    ann.wait_for_selector("#exports-h")

    # Submit the first answer; the desk refuses a patient's name, then takes it.
    ann.goto("/questions")
    assert ann.locator(".cards > li").count() == 3
    ann.goto(first)
    ann.get_by_role("link", name="Submit for review").click()
    ann.get_by_label("Public title").fill("Methocarbamol for Mrs Jones")
    ann.get_by_role("button", name="Submit for review").click()
    assert "Name in title" in ann.get_by_role("alert").inner_text()
    ann.get_by_label("Public title").fill(TITLE)
    ann.get_by_role("button", name="Submit for review").click()
    ann.wait_for_url("**/desk/r1")

    # Assign, comment, sign, sign.
    ed.goto("/desk")
    ed.get_by_role("link", name=TITLE).click()
    for number in range(2):
        ed.locator("form[action$='/assign'] button").click()
        ed.get_by_text("has not signed this text").nth(number).wait_for()
    for reviewer in (rea, rob):
        reviewer.goto("/desk")
        assert "for you to review" in reviewer.inner_text("main")
        reviewer.get_by_role("link", name=TITLE).click()
        reviewer.locator("a.sentence").first.click()
        reviewer.wait_for_selector("#drawer mark")
    rob.locator("li.under summary").first.click()
    rob.locator("li.under textarea").first.fill("For whom is this?")
    rob.locator("li.under form[action$='/comment'] button").first.click()
    rob.get_by_text("For whom is this?").wait_for()
    assert rob.get_by_role("button", name="Approve and sign").count() == 0
    rob.locator("#t1 summary").click()
    rob.locator("#t1 form[action$='/close'] button").click()
    rob.get_by_text("Closed: the text was changed").wait_for()
    for reviewer, count in ((rea, "1 of 2"), (rob, "2 of 2")):
        reviewer.reload()
        reviewer.get_by_role("button", name="Approve and sign").click()
        reviewer.get_by_text(f"{count} signatures").wait_for()

    # Publish; the public reads it without an account.
    ed.reload()
    ed.get_by_role("button", name="Publish", exact=True).click()
    ed.get_by_role("link", name="Public page").wait_for()
    reader = browse()
    reader.goto("/articles")
    reader.get_by_label("Words in title or text").fill("methocarbamol")
    reader.get_by_role("button", name="Search").click()
    assert reader.url.endswith("/articles")
    reader.get_by_role("link", name=TITLE).click()
    assert reader.locator(".steps .done").count() == 3
    assert "Rea Quill" in reader.inner_text(".byline")
    reader.locator(".bottom-line a.sentence").first.click()
    reader.wait_for_selector("#drawer mark")

    # Flag, review again, edit: no signature is left under the new text, and readers are told.
    ed.locator("summary", has_text="Flag it").click()
    ed.locator("form[action$='/flag'] input[name=text]").fill("A reader asks for the injection only")
    ed.locator("form[action$='/flag'] button").click()
    ed.get_by_role("button", name="Review it again").click()
    for reviewer in (rea, rob):
        reviewer.reload()
        reviewer.get_by_role("button", name="Approve and sign").click()
        reviewer.get_by_text("You have signed this text.").wait_for()
    ann.goto("/desk/r1")
    ann.locator("li.under").last.locator("summary").click()
    ann.locator("li.under").last.get_by_role("button", name="Take the sentence out").click()
    ann.get_by_text("0 of 2 signatures").wait_for()
    ann.get_by_role("link", name="what changed").last.click()
    assert ann.locator("del").count() >= 1
    reader.reload()
    assert "UNDER REVIEW AGAIN" in reader.inner_text("main")


def test_the_desk_works_without_scripts_on_a_phone(chromium: Any, served: tuple[str, str]) -> None:
    context = chromium.new_context(base_url=served[0], viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto("/desk")
    assert page.url.endswith("/signin?to=/desk")
    page.get_by_label("Login").fill("ed")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk")
    page.get_by_role("link", name=TITLE).click()
    page.locator("#whole-h ~ form textarea").fill("Seen on the ward.")
    page.locator("#whole-h ~ form button").click()
    assert "Seen on the ward." in page.inner_text("main")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    chromium: Any, served: tuple[str, str], axe: str, scheme: str, width: int
) -> None:
    context = chromium.new_context(base_url=served[0], viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    faults = []

    def look(*paths: str) -> None:
        for path in paths:
            page.goto(path)
            found = page.evaluate(axe + "; axe.run().then((r) => r.violations.map((v) => v.id + ' ' + v.nodes[0].html))")
            faults.extend(f"{path}: {f}" for f in found)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                faults.append(f"{path}: wider than the screen")

    look("/signin", "/articles", "/about", "/policy", "/board", "/corrections", "/questions", "/articles/none")
    page.goto("/articles")
    look(page.get_attribute(".cards a", "href"))
    page.goto("/signin")
    page.get_by_label("Login").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/questions")
    token = page.get_attribute(".cards h2 a", "href").removeprefix("/a/")
    look("/account", "/questions", f"/submit/{token}", f"/share/{token}", "/desk", "/desk/r1", "/desk/r1/changes/1/2")
    context.close()
    assert faults == []
