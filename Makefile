# make demo | test | check | docs: each sets up what it needs in .venv, from requirements*.lock (with hashes).
# Needs Python >= 3.11 with venv, make, and a package index; nothing else.

VENV ?= .venv
PYTHON := $(shell for name in python3.13 python3.12 python3.11 python3; do \
	command -v $$name >/dev/null 2>&1 && \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && \
	echo $$name && break; done)
BIN := $(VENV)/bin
# Demo and tests talk to this machine alone: a proxy from the environment would only be in the way.
LOCAL := env NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
# The asserts of a test's module are compiled by pytest, and kept: it must be free to write files.
TESTING := $(LOCAL) PYTHONDONTWRITEBYTECODE=
# Four processes more than two cores: much of the time tests wait for processes of their own.
SPREAD := -n 6 --dist worksteal
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-virtualenv

.PHONY: demo test compiled check coverage format hooks docs site lock browser bench fuzz soak year release-check clean

demo: $(VENV)/.demo
	$(LOCAL) $(BIN)/seedwatch demo $(if $(ONCE),--once)

test: $(VENV)/.test browser compiled
	$(TESTING) $(BIN)/python -m pytest $(SPREAD) $(PYTEST)

compiled: $(VENV)/.test  # what the tests' many processes load
	@$(BIN)/python -m compileall -q crawler scheduler seedwatch storage tests/support

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# TESTED=tests runs all tests, each once, and counts those that count.
coverage: $(VENV)/.test browser compiled  ## every branch of the pure files, by the tests beside them
	$(TESTING) $(BIN)/python -m tests.support.pure_coverage $(SPREAD) $(TESTED)

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: $(VENV)/.test  ## checks before each commit, with what .venv has; nothing is downloaded
	$(BIN)/pre-commit install

docs: $(VENV)/.test  ## writes what is generated in docs/ anew
	$(BIN)/python -m tests.support.command_docs
	$(BIN)/python -m tests.support.table_docs
	$(BIN)/python -m tests.support.setting_docs

site: $(VENV)/.site  ## the documents as a site in build/site; a broken link ends it
	rm -rf build/site build/site-source && mkdir -p build/site-source
	cp -r *.md LICENSE docs contrib benchmarks build/site-source/
	$(BIN)/zensical build --clean --strict

bench: $(VENV)/.test
	$(LOCAL) $(BIN)/python -m benchmarks.warm_start
	$(LOCAL) $(BIN)/python -m benchmarks.tick
	$(LOCAL) $(BIN)/python -m benchmarks.help_start
	$(LOCAL) $(BIN)/python -m benchmarks.not_modified

fuzz: $(VENV)/.test  ## long: 50,000 texts that nobody wrote, for the pure parsers
	$(LOCAL) $(BIN)/python -m benchmarks.fuzz

soak: $(VENV)/.test  ## long: kills at 50 moments, 1,000 crawls
	$(LOCAL) $(BIN)/python -m benchmarks.soak
	$(LOCAL) $(BIN)/python -m benchmarks.cluster_kills
	[ "$$(id -u)" != 0 ] || $(LOCAL) $(BIN)/python -m benchmarks.cluster_faults

year: $(VENV)/.test  ## long: a simulated year of the demo press, an hour on a quiet machine
	$(LOCAL) $(BIN)/python -m benchmarks.year

browser:  ## Debian's chromium for the page tests; without it they are skipped, and say so
	@command -v chromium >/dev/null 2>&1 || { \
	command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && \
	echo "installing chromium for the page tests" && \
	apt-get -qq update >/dev/null 2>&1 && apt-get -qq install -y chromium fonts-noto-cjk >/dev/null 2>&1; } || \
	echo "no chromium here and it cannot be installed: the page tests are skipped (Debian: apt-get install chromium)"

$(VENV)/.demo: requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "seedwatch needs Python 3.11 or newer with venv (Debian: apt-get install python3 python3-venv)" >&2; exit 2; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once; some 100 MB are fetched)"
	$(PIP) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements-dev.lock $(VENV)/.demo
	$(PIP) -r requirements-dev.lock
	@touch $@

$(VENV)/.site: requirements-docs.lock $(VENV)/.demo
	$(PIP) -r requirements-docs.lock
	@touch $@

release-check: $(VENV)/.test  ## what only a release needs (docs/releasing.md)
	$(BIN)/python -m tests.support.release_check

lock:  ## needs uv; the index is whatever uv is set to, and stays out of the files
	uv pip compile -q pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile -q pyproject.toml --extra dev --extra build --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -c requirements.lock -o requirements-dev.lock
	uv pip compile -q pyproject.toml --extra docs --extra build --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -c requirements.lock -o requirements-docs.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
