"""Requests made from the API's own description: what it takes, refuses and gives back is as described, and nothing breaks it.

About half a minute, by the examples of the description and some requests at random; `--long` tries every boundary of every field.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from api_client import BACLOFEN, Api, key_of
from osler.settings import load_settings
from osler.web.app import create_app
from osler.web.serving import LOOPBACK, Serving

EXAMPLES, LONG_EXAMPLES = 8, 100
MEANING = ("#question", "#input")
"""Problems that no schema can describe: facts that contradict each other, a name that is no drug, a year after another."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    serving = Serving(hosts=(*LOOPBACK, "testserver"), api_per_minute=10_000_000, at_once=99)
    made = create_app(load_settings(tmp_path_factory.mktemp("api")), serving)
    yield made
    made.state.site.asking.close()


def failures(app: FastAPI, *, long: bool) -> tuple[list[str], int]:
    """What is not as described, each once, and how many requests were made."""
    api = Api(app, key_of(app, "anna"))
    api.ask(BACLOFEN)
    phases = {"coverage": {"enabled": long}, "stateful": {"enabled": True}}
    examples = LONG_EXAMPLES if long else EXAMPLES
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": api.headers["authorization"]},
            "generation": {"max-examples": examples, "deterministic": not long},
            "phases": phases,
            "continue-on-failure": True,
            "request-timeout": 120,
        }
    )
    found: dict[str, None] = {}
    requests = 0
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=config)
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            found[f"{event.label}: {event.value}"] = None
        elif isinstance(event, events.FatalError):
            found[f"fatal: {event.exception}"] = None
        elif isinstance(event, events.ScenarioFinished):
            requests += len(event.recorder.interactions)
            found |= dict.fromkeys(_failures(event.recorder))
    return list(found), requests


def _failures(recorder: events.ScenarioRecorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        response = recorder.interactions[case_id].response
        for check in checks:
            if check.status is not Status.FAILURE or check.failure_info is None:
                continue
            by_meaning = (
                check.name == "positive_data_acceptance" and response is not None and response.json()["type"].endswith(MEANING)
            )
            if not by_meaning:
                yield f"{recorder.label}: {check.failure_info.failure}\n{check.failure_info.code_sample[:600]}"


def test_the_description_is_true(app: FastAPI, pytestconfig: pytest.Config) -> None:
    long = bool(pytestconfig.getoption("--long"))
    found, requests = failures(app, long=long)
    assert not found, "\n\n".join(found)
    assert requests > (1_000 if long else 100)
