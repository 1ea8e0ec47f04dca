"""axe-core finds nothing on any page, light and dark, phone and desktop (WCAG 2.2 AA and its best practices)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    assert found["passes"]
    return [f"{v['id']}: {n['target']} {n['failureSummary'][:300]}" for v in found["violations"] for n in v["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_page_has_a_fault_that_axe_knows(open_page: Callable[..., Any], axe: str, size: str, scheme: str) -> None:
    page = open_page(size, scheme, bypass_csp=True)  # axe is put into the page, which the page's own policy forbids
    found = [("ask", violations(page, axe))]
    page.click("summary:has-text('facts')")
    found.append(("facts", violations(page, axe)))
    page.fill("#question", "What can I give a patient on hemodialysis for back spasm instead of baclofen?")
    page.click("button.primary")
    page.wait_for_selector("#exports-h")
    found.append(("article", violations(page, axe)))
    for summary in page.locator("#article details > summary").all():
        summary.click()
    found.append(("article, all open", violations(page, axe)))
    page.locator(".bottom-line a.sentence").first.click()
    page.wait_for_selector("#drawer mark")
    found.append(("drawer", violations(page, axe)))
    article = page.url
    for name, address in (("check", f"{article}/check/c2"), ("related", f"{article}/related"), ("policy", "/policy")):
        page.goto(address)
        found.append((name, violations(page, axe)))
    page.goto("/")
    page.fill("#question", "chest pain in a patient on dialysis, cannot breathe")
    page.click("button.primary")
    page.wait_for_selector("#exports-h")
    found.append(("emergency", violations(page, axe)))
    assert [(name, v) for name, v in found if v] == []
