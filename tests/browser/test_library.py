"""The library's pages in a real browser: search, a place in a document, files added with and without scripts, axe on all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_axe import violations

Open = Callable[..., Any]
SERVE = """
if __name__ == "__main__":
    from osler.settings import load_settings
    from osler.web.app import create_app
    from osler.web.server import run
    from osler.web.serving import Serving
    run(create_app(load_settings(), Serving(open_uploads=True)), "127.0.0.1", 0, print)
"""
PROTOCOL = "Ward protocol for itch\n\n{}Gabapentin 100 mg after each hemodialysis session is recommended for itch in adults.\n"
LONG = "".join(f"Paragraph {n} of the protocol speaks of nothing that anybody would look for.\n\n" for n in range(900))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, to which anybody may add: what is added here is in no other test's answers."""
    folder = tmp_path_factory.mktemp("library")
    script = folder / "serve.py"  # a file: the process that reads uploads is spawned, and imports what was started
    script.write_text(SERVE)
    environment = os.environ | {"OSLER_HOME": str(folder / "home")}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip().rstrip("/")
        assert address.startswith("http://127.0.0.1:"), address
        yield address
        process.terminate()
        process.wait(20)


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    file = tmp_path / "long protocol.txt"
    file.write_text(PROTOCOL.format(LONG))
    return file


def add(page: Any, *files: Path) -> None:
    page.goto("/library/upload")
    page.set_input_files("#files", [str(f) for f in files])
    page.click("button.primary")
    page.wait_for_url("**/library/uploads/*")


def test_a_file_is_added_followed_found_and_opened_at_its_place(open_page: Open, protocol: Path) -> None:
    page = open_page()
    add(page, protocol)
    page.wait_for_selector("#upload-h:has-text('Done')")
    assert page.evaluate("document.activeElement.id") == "upload-h"
    assert page.locator("#cancel").count() == 0
    assert "Done" in page.inner_text("#status")
    page.goto("/library/search")
    page.fill("#words", "gabapentin hemodialysis itch")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results-h")
    assert page.url.endswith("/library/search")
    page.click("h3 a:has-text('Ward protocol for itch')")
    page.wait_for_selector(".text mark")
    assert page.inner_text(".text mark").startswith("Gabapentin 100 mg after each hemodialysis")
    page.wait_for_function(
        "() => { const m = document.querySelector('.text mark').getBoundingClientRect(); return m.top > 0 && m.bottom < innerHeight; }"
    )
    assert page.locator(".text p").count() < 400


def test_too_large_is_said_before_it_is_sent(open_page: Open, protocol: Path) -> None:
    page = open_page()
    page.goto("/library/upload")
    page.evaluate("document.querySelector('[data-upload]').dataset.limit = '10'")
    page.set_input_files("#files", str(protocol))
    page.click("button.primary")
    page.wait_for_selector("#upload-problem:not([hidden])")
    assert "more than this server takes" in page.inner_text("#upload-problem")
    assert page.url.endswith("/library/upload")


def test_without_scripts_the_page_of_an_upload_loads_itself_again(open_page: Open, tmp_path: Path) -> None:
    page = open_page(scripts=False)
    file = tmp_path / "plain.txt"
    file.write_text(PROTOCOL.format(""))
    add(page, file)
    page.wait_for_selector("#upload-h:has-text('Done')")
    assert "Ward protocol for itch" in page.inner_text("#upload")


def test_the_drawer_leads_into_the_document(open_page: Open) -> None:
    page = open_page()
    page.fill("#question", "Is methocarbamol safe on hemodialysis?")
    page.click("button.primary")
    page.wait_for_selector("#exports-h")
    page.locator("#article a.sentence").first.click()
    page.wait_for_selector("#drawer mark")
    exact = page.inner_text("#drawer mark")
    page.click("#drawer .place a")
    page.wait_for_selector(".text mark")
    assert " ".join(page.locator(".text mark").all_inner_texts()) == exact


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark"), ("desktop", "dark"), ("phone", "light")])
def test_no_page_of_the_library_has_a_fault_that_axe_knows(
    open_page: Open, axe: str, protocol: Path, size: str, scheme: str
) -> None:
    page = open_page(size, scheme, bypass_csp=True)
    found = []

    def look(name: str) -> None:
        found.extend((name, v) for v in violations(page, axe))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((name, "wider than the screen"))

    broken = protocol.with_name("broken.bin")
    broken.write_bytes(bytes(range(256)) * 9)
    add(page, protocol, broken)
    page.wait_for_selector("#upload-h:has-text('Done')")
    look("report")
    for address in ("/library", "/library/upload", "/library/documents?kind=label", "/library/changes", "/library/search"):
        page.goto(address)
        for summary in page.locator("main details > summary").all():
            summary.click()
        look(address)
    page.fill("#words", "gabapentin hemodialysis itch")
    page.click("button.primary")
    page.wait_for_selector("#results-h")
    look("results")
    page.click(".hits h3 a")
    page.wait_for_selector(".text mark")
    look("extraction")
    page.goto("/library/search")
    page.fill("#words", "paragraph 700 of the protocol")
    page.click("button.primary")
    page.click("h3 a:has-text('Ward protocol for itch')")
    page.wait_for_selector(".text mark")
    look("long document")
    assert found == []
