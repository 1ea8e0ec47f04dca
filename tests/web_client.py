"""A reader of the pages without a browser: keeps its cookies, sends forms as the pages' own forms do."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from starlette.testclient import TestClient

BACLOFEN = "What can I give a patient on hemodialysis for back spasm instead of baclofen?"


class Reader:
    def __init__(self, app: Any, host: str = "http://localhost") -> None:
        self.client = TestClient(app, base_url=host, follow_redirects=False)
        self.csrf = ""

    def get(self, path: str, **more: Any) -> Any:
        answer = self.client.get(path, **more)
        found = re.search(r'name="csrf" value="(\w+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> Any:
        if not self.csrf:
            self.get("/")
        return self.client.post(path, data={"csrf": self.csrf, **fields}, headers=headers)

    def ask(self, question: str = BACLOFEN, **fields: str) -> str:
        """The address of the article."""
        answer = self.post("/ask", question=question, **fields)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def stream(self, question: str = BACLOFEN, **fields: str) -> list[tuple[str, Any]]:
        answer = self.post("/ask", headers={"accept": "text/event-stream"}, question=question, **fields)
        assert answer.headers["content-type"].startswith("text/event-stream")
        return events(answer.text)


def events(text: str) -> list[tuple[str, Any]]:
    """Read as the standard says: fields of lines, an event ended by an empty line."""
    found, name, data = [], "message", []
    for line in text.splitlines():
        if not line:
            if data:
                found.append((name, json.loads("\n".join(data))))
            name, data = "message", []
        elif line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data.append(line[6:])
    return found


def text_of(page: str) -> str:
    """The words of a page, as a reader sees them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
