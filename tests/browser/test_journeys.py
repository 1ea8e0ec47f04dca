"""Journeys of a reader in a real browser: by mouse, by keyboard, by touch, without scripts, on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

QUESTION = "What can I give a patient on hemodialysis for back spasm instead of baclofen?"
Open = Callable[..., Any]


def ask(page: Any, question: str = QUESTION) -> None:
    page.fill("#question", question)
    page.click("button.primary")
    page.wait_for_url("**/a/*")
    page.wait_for_selector("#exports-h")


def test_the_answer_comes_in_stages_and_is_announced(open_page: Open) -> None:
    page = open_page()
    page.evaluate(
        "() => { window.heard = []; new MutationObserver(() => window.heard.push(document.getElementById('status').textContent))"
        ".observe(document.getElementById('status'), {childList: true, characterData: true, subtree: true}); }"
    )
    ask(page)
    page.wait_for_function("() => document.getElementById('status').textContent.startsWith('The article is ready')")
    heard = page.evaluate("window.heard")
    stages = [
        next(i for i, h in enumerate(heard) if h.startswith(s))
        for s in ("Asking", "Question understood", "Evidence found", "The article")
    ]
    assert stages == sorted(stages)
    assert page.evaluate("document.activeElement.id") == "title"
    assert page.title().startswith(page.text_content("#title"))


def test_what_was_streamed_is_what_is_kept(open_page: Open) -> None:
    page = open_page()
    ask(page)
    page.wait_for_selector("#drawer .key")
    streamed = page.inner_text("#main")
    page.reload()
    assert page.inner_text("#main") == streamed


def test_one_click_from_a_sentence_to_its_words_and_one_to_the_original(open_page: Open) -> None:
    page = open_page()
    ask(page)
    sentence = page.locator(".bottom-line a.sentence").first
    said = sentence.inner_text()
    sentence.click()
    page.wait_for_selector("#drawer mark")
    assert page.inner_text("#drawer mark") == said
    assert page.url.rsplit("/", 1)[0].endswith("/a")
    assert page.get_attribute("#drawer .links a", "href").startswith("https://")  # type: ignore[union-attr]
    assert page.get_attribute("#drawer .links a", "rel") == "noopener noreferrer"


def test_pointing_at_a_sentence_is_enough_on_a_wide_screen(open_page: Open) -> None:
    page = open_page()
    ask(page)
    page.locator(".bottom-line a.sentence").nth(1).hover()
    page.wait_for_selector("#drawer mark")
    assert page.inner_text("#drawer mark") == page.locator(".bottom-line a.sentence").nth(1).inner_text()


def test_the_whole_journey_by_keyboard(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "question":
            break
    page.keyboard.type("Is methocarbamol safe on hemodialysis for back spasm?")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Ask":
            break
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'title'")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('sentence')"):
            break
    claim = page.evaluate("document.activeElement.dataset.claim")
    said = page.evaluate("document.activeElement.textContent")
    page.wait_for_selector("#drawer mark")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'drawer-h'")
    assert said in page.inner_text("#drawer")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.claim") == claim


def test_focus_is_always_seen(open_page: Open) -> None:
    page = open_page()
    ask(page)
    for _ in range(30):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e); const t = e.querySelector && e.querySelector('.target');"
            " return s.outlineStyle !== 'none' || (t && getComputedStyle(t).strokeWidth === '2px') || e === document.body; }"
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")[:200]


def test_a_phone_shows_the_passage_over_the_page_and_closes_it(open_page: Open) -> None:
    page = open_page("phone")
    ask(page)
    assert not page.is_visible("#drawer")
    page.locator(".bottom-line a.sentence").first.tap()
    page.wait_for_selector("#drawer mark")
    page.click("[data-close]")
    assert not page.is_visible("#drawer")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_nothing_hangs_over_the_edge_and_targets_are_large_enough(open_page: Open, size: str) -> None:
    page = open_page(size)
    for step in (
        lambda: None,
        lambda: ask(page),
        lambda: page.locator(".bottom-line a.sentence").first.click(),
        lambda: page.goto("/policy"),
    ):
        step()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        small = page.evaluate(
            "() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select, textarea')]"
            ".filter(e => e.checkVisibility() && !e.closest('p, li > cite') && !e.matches('.sentence, .skip'))"
            ".map(e => [e.outerHTML.slice(0, 90), e.matches('input[type=radio]') ? e.parentElement.getBoundingClientRect() : e.getBoundingClientRect()])"
            ".filter(([, r]) => r.height < 24 || r.width < 24).map(([h]) => h)"
        )
        assert small == [], small


def test_an_edited_chip_asks_again(open_page: Open) -> None:
    page = open_page()
    ask(page, "Is methocarbamol safe on hemodialysis for back spasm?")
    first = page.url
    page.locator(".chip", has_text="Problem").locator("summary").click()
    page.fill(".chip details[open] input[name=to]", "muscle cramps")
    page.keyboard.press("Enter")
    page.wait_for_function("(was) => location.href !== was && document.getElementById('exports-h')", arg=first)
    assert page.locator(".chip", has_text="muscle cramps").count() == 1
    assert "Problem changed: back spasm → muscle cramps" in page.inner_text(".edits")


def test_ask_check_personalise_and_follow_up(open_page: Open) -> None:
    page = open_page()
    ask(page, "Is methocarbamol safe on hemodialysis for back spasm?")
    first = page.url
    page.click("form.who button[value=pharmacist]")
    page.wait_for_function("(was) => location.href !== was && document.getElementById('exports-h')", arg=first)
    assert "For: pharmacist" in page.inner_text(".dates")
    second = page.url
    page.fill("#follow-q", "What about tizanidine?")
    page.click(".followform button.primary")
    page.wait_for_function("(was) => location.href !== was && document.getElementById('exports-h')", arg=second)
    assert "izanidine" in page.inner_text("#title")
    assert page.locator(".thread li").count() == 1
    assert page.locator(".change").count() > 0
    page.go_back()
    page.wait_for_function("(was) => location.href === was && document.getElementById('exports-h')", arg=second)
    assert "ethocarbamol" in page.inner_text("#title")
    page.goto("/")
    assert page.is_checked("input[value=pharmacist]")


def test_the_picture_opens_passages_and_is_a_table_too(open_page: Open) -> None:
    page = open_page()
    ask(page)
    mark = page.locator(".plot a.mark.indirect").first
    mark.scroll_into_view_if_needed()
    mark.click()
    page.wait_for_selector("#drawer mark")
    number = re.match(r"Reference (\d+)", mark.get_attribute("aria-label"))[1]  # type: ignore[index]
    assert page.inner_text("#drawer .from").startswith(f"{number}.")
    page.click(".picture summary")
    assert page.locator(".picture tbody tr").count() == page.locator(".plot a.mark").count()


def test_a_question_that_cannot_be_asked_says_why_and_keeps_its_words(open_page: Open) -> None:
    page = open_page()
    page.click("summary:has-text('facts')")
    page.fill("input[name=age]", "171")
    page.fill("#question", QUESTION)
    page.click("button.primary")
    page.wait_for_selector("[role=alert]")
    assert "outside 0 to 120" in page.inner_text("[role=alert]")
    assert page.input_value("#question") == QUESTION


def test_everything_works_without_scripts(open_page: Open) -> None:
    page = open_page(scripts=False)
    ask(page)
    page.locator(".bottom-line a.sentence").first.click()
    assert page.is_visible("mark")
    page.click("text=Back to the sentence in the article")
    assert re.search(r"#c\d+$", page.url)
    page.fill("#follow-q", "And if she is pregnant?")
    page.click(".followform button.primary")
    page.wait_for_selector(".thread")
    page.click("button[value=dark]")
    assert page.get_attribute("html", "data-theme") == "dark"


def test_on_paper_the_article_is_whole_and_says_what_it_is(open_page: Open) -> None:
    page = open_page()
    ask(page)
    page.emulate_media(media="print")
    for shown in ("#title", ".machine", ".bottom-line", ".references", ".small-print", ".danger"):
        assert page.locator(shown).first.is_visible(), shown
    for hidden in (".masthead nav", "#drawer", ".next", ".exports", ".choices"):
        assert not page.locator(hidden).first.is_visible(), hidden


def test_the_chosen_colours_hold_against_the_device(open_page: Open) -> None:
    page = open_page(scheme="dark")
    dark = page.evaluate(
        "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor"
    )
    page.click("button[value=light]")
    page.wait_for_selector("html[data-theme=light]")
    light = page.evaluate(
        "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor"
    )
    assert dark != light
