# Everything a person or CI does here, on a fresh machine with Python 3.11+ and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo tui test test-spark test-postgres check bench docs lint types clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 12

$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'metricgov needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …' >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Setting up $(VENV) (once, under a minute) …' >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## a change of a real metric, from proposal to gate, in a temporary folder
	@$(BIN)/python -m metricgov.cli.demo

tui: $(READY) ## the terminal UI on a copy of the starter registry with a change to decide, in a temporary folder
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && PATH="$(CURDIR)/$(BIN):$$PATH" \
	  && echo 'Making a registry to try it on (a few seconds) …' >&2 \
	  && python -m metricgov.desk.trying "$$home/registry" >/dev/null \
	  && cd "$$home/registry" && XDG_STATE_HOME="$$home/state" metricgov tui --as crm-lead

test: $(READY) ## all tests
	@$(BIN)/python -m pytest -n auto

test-spark: ## the tests of engines on Spark too: a local session, then Spark Connect (needs Java 17)
	@PYTHON="$(PYTHON)" sh tests/on_spark.sh

test-postgres: $(READY) ## the tests of the server once more, with a PostgreSQL of their own
	@METRICGOV_TEST_POSTGRES=1 $(BIN)/python -m pytest -n auto tests/api

lint: $(READY) ## style and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(READY) ## strict types
	@$(BIN)/mypy

check: lint types ## lint, types, generated files, the wheel in a clean environment
	@$(BIN)/python -m pytest tests/architecture
	@sh bench/try_wheel.sh

bench: $(READY) ## speed and memory, as JSON under bench/out/
	@$(BIN)/python -m bench

docs: $(READY) ## write the generated pages of docs/reference again
	@$(BIN)/python -m metricgov.cli.reference

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist bench/out .pytest_cache .mypy_cache .ruff_cache .hypothesis
