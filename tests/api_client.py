"""A program that uses the API: sends JSON with a key, and reads what it gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from osler.accounts.people import add_account
from osler.accounts.sessions import make_key
from osler.domain.account import OPERATOR, Actor, Means

BACLOFEN = "What can I give a patient on hemodialysis for back spasm instead of baclofen?"
THIS_MACHINE = ("127.0.0.1", 50_000)
TIMES = ("answered_at", "elapsed_ms")


def key_of(app: Any, login: str) -> str:
    """A key of a new person."""
    desk = app.state.site.desk
    account = add_account(desk, OPERATOR, login, login.title(), (), password=f"{login} waters the ferns")
    return make_key(desk, Actor(account.id, Means.PASSWORD), "test")


class Api:
    def __init__(self, app: Any, key: str | None = None, client: tuple[str, int] = THIS_MACHINE) -> None:
        self.client = TestClient(app, base_url="http://localhost", client=client, follow_redirects=False)
        self.headers = {"authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, headers={**self.headers, **more.pop("headers", {})}, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        sent = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        kind = {"content-type": "application/json"} if isinstance(body, bytes) else {}
        return self.client.post(path, headers={**self.headers, **kind, **more.pop("headers", {})}, **sent, **more)

    def delete(self, path: str) -> Any:
        return self.client.delete(path, headers=self.headers)

    def ask(self, question: str = BACLOFEN, **more: Any) -> Any:
        """The article."""
        answer = self.post("/api/v1/answers", {"question": question, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()


def osler(home: Path, *words: str, sent: str = "") -> str:
    environment = os.environ | {"OSLER_HOME": str(home)}
    done = subprocess.run([sys.executable, "-m", "osler", *words], input=sent, capture_output=True, text=True, env=environment, check=False, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def without_times(article: dict[str, Any]) -> dict[str, Any]:
    return article | {"provenance": {k: v for k, v in article["provenance"].items() if k not in TIMES}}


def problem(answer: Any, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    value: dict[str, Any] = answer.json()
    assert value["type"] == f"/api/v1/problems#{slug}"
    assert value["status"] == status
    assert value["title"]
    assert value["detail"]
    return value
