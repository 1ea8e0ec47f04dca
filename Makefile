# `make ask` and `make test` do all the set-up themselves: a virtual environment, the locked packages, Osler.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
Q ?= What can I give to a patient with end-stage renal disease on hemodialysis who has back spasms, as an alternative to baclofen?

.PHONY: ask test test-all lint lock clean

ask: $(VENV)/.osler
	@$(BIN)/osler ask "$(subst ",\",$(Q))"

test: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks fuzz
	$(BIN)/ruff format --check src tests benchmarks fuzz
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

test-all: $(VENV)/.dev
	$(BIN)/pytest --long

$(VENV)/.osler: pyproject.toml requirements.lock $(shell find src -name '*.py' -o -name '*.tsv' -o -name '*.json*')
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@ $(VENV)/.osler

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet "pip-tools>=7.4,<8"
	$(VENV)-lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links -o requirements.lock pyproject.toml
	$(VENV)-lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --extra dev -o requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) $(VENV)-lock build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
