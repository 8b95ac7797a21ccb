# `make` alone is the manual.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest
WORKERS ?= 2  # so many tests at once; each worker has a database and a browser of its own
# Without a network the lock is all there is, so nothing is fetched to build with.
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test test-fast cases lint fix bench docs lock changelog

help:  ## print what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.installed  ## make .venv with everything in requirements.lock, and .venv/bin/lvyue; again only when needed

.venv/.installed: requirements.lock pyproject.toml setup.py CHANGELOG.md
	@tools/make_venv.sh $(PYTHON)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: install  ## load the sample contracts and serve them on http://127.0.0.1:8000
	$(BIN)/lvyue demo

test: install  ## every test: first on SQLite, then those that touch the database, without a browser, again on PostgreSQL
	@tools/install_test_tools.sh
	$(PYTEST) -n $(WORKERS) --dist loadgroup
	$(BIN)/python tools/with_postgresql.py $(PYTEST) -n $(WORKERS) --dist loadgroup -m "db and not browser and not slow"

test-fast: install  ## the tests of seconds: no browser, nothing marked slow, SQLite only
	$(PYTEST) -m "not browser and not slow"

cases: install  ## the case files only: contracts, facts and the settlement they must give
	$(PYTEST) tests/cases

lint: install  ## read everything with the machines' eyes; changes nothing
	@tools/lint.sh

fix: install  ## mend what a machine can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	git ls-files -z '*.py' | xargs -0 $(BIN)/django-upgrade --target-version 5.2
	git ls-files -z 'src/**/*.html' | xargs -0 -r $(BIN)/djlint --reformat --quiet

bench: install  ## measure, beside other programs where there are any
	$(BIN)/python bench/run.py

docs: install  ## check that the documents say what the code does: settings, glossary, terms
	$(PYTEST) tests/test_glossary.py tests/test_house.py tests/test_docs.py tests/core/test_kinds.py

lock: install  ## choose versions afresh and write requirements.lock (needs the network)
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock

changelog: install  ## show what the fragments in changelog.d would say
	$(BIN)/towncrier build --draft --version unreleased
