"""Requests made from the API's own description: what it accepts, refuses and gives back is what it says, and nothing breaks it.

About half a minute; `--long` sends forty times as many.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from api_client import BACLOFEN, Api, key_of
from osler.settings import load_settings
from osler.web.app import create_app
from osler.web.serving import LOOPBACK, Serving

LONG = "--long" in sys.argv
EXAMPLES = 200 if LONG else 5


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    home = load_settings(tmp_path_factory.mktemp("api"))
    app = create_app(home, Serving(hosts=(*LOOPBACK, "testserver"), api_per_minute=10_000_000, at_once=99))
    api = Api(app, key_of(app, "anna"))
    api.ask(BACLOFEN)
    yield api
    app.state.site.asking.close()


@pytest.fixture(scope="module")
def described(served: Api) -> object:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", served.client.app)


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not LONG)
def test_the_description_is_true(case: schemathesis.Case, served: Api) -> None:
    response = case.call(headers=served.headers)
    case.validate_response(response)
