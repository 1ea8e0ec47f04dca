"""A real server and a real Chromium; without one on the machine these tests skip and say so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import pytest

BROWSER = (
    os.environ.get("OSLER_TEST_BROWSER")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `osler serve --demo` with a fresh library."""
    environment = os.environ | {"OSLER_HOME": str(tmp_path_factory.mktemp("served"))}
    command = [sys.executable, "-m", "osler", "serve", "--demo", "--patients", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Osler is at http://127.0.0.1:"), line
        yield line.split()[3].rstrip("/")
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    missing = pytest.fail if os.environ.get("OSLER_TEST_NEEDS_BROWSER") else pytest.skip
    if BROWSER is None:
        missing("no Chromium on this machine (apt-get install chromium): the pages were not looked at")
    try:
        from playwright import sync_api as playwright
    except ImportError:
        missing("no playwright in this environment (pip install playwright): the pages were not looked at")
    with playwright.sync_playwright() as p:
        # No sandbox: these tests run as root in containers, and open pages of our own server only.
        browser = p.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, server: str) -> Iterator[Callable[..., Any]]:
    """A new reader at the first page. Fails when a page logs an error or asks anything of another server."""
    contexts, faults = [], []

    def opened(size: str = "desktop", scheme: str = "light", scripts: bool = True, **more: Any) -> Any:
        width, height = WIDTHS[size]
        context = chromium.new_context(
            base_url=server, viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=size == "phone",
            java_script_enabled=scripts, reduced_motion="reduce", **more,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        # Chromium logs every refusal of ours as an error of the page; what the page then shows is tested.
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" and "status of 400" not in m.text else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.on("request", lambda r: faults.append(r.url) if not r.url.startswith(server) else None)
        page.goto("/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core (MPL-2.0), as the test-only package carries it."""
    pytest.importorskip("axe_playwright_python", reason="no axe-core: pip install axe-playwright-python")
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
