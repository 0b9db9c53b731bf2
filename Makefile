# The two commands a newcomer needs are `make run` and `make test`; everything else serves them.
# The first call makes .venv; later calls find it unchanged and start at once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := geo layers works ui streamlit_app.py
WORKERS ?= 3
PROJECT ?=
PYTHON_EMBED ?=
PYTEST_ARGS ?=

# The first interpreter that is new enough. `make PYTHON=/usr/bin/python3.12 run` chooses another.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { command -v $$python; break; }; done)

# The browser the page tests drive; CHROMIUM=/path/to/it chooses another.
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
find_browser = $(or $(CHROMIUM),$(firstword $(foreach name,$(BROWSERS),$(shell command -v $(name)))))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# Whatever the machine says: code that is compiled once starts at once the next time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test lint browser bench soak format clean windows-bundle

help: ## show the commands
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

run: $(STAMP) ## open the planner; PROJECT=folder opens your own project
	@$(BIN)/village-planner serve $(PROJECT)

# Checking the code takes one processor for a minute; meanwhile the tests take the other.
test: $(STAMP) browser ## check the code and run every test
	@told=$$(mktemp); trap 'rm -f "$$told"' EXIT; \
	$(MAKE) --no-print-directory lint >"$$told" 2>&1 & checking=$$!; tested=0 checked=0; \
	CHROMIUM="$(find_browser)" $(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder -rs $(PYTEST_ARGS) || tested=$$?; \
	wait $$checking || checked=$$?; cat "$$told"; \
	exit $$((tested ? tested : checked))

lint: $(STAMP) ## style, types and the rooms' import rule
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP) ## time a county of 120,000 households and reading 1,000,000 points
	@$(BIN)/python -m benchmarks

soak: $(STAMP) browser ## every bad file, many kills, every series whole; writes docs/soak.md
	@$(BIN)/python -m benchmarks.soak
	@LONG=1 CHROMIUM="$(find_browser)" $(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder -rs $(PYTEST_ARGS)

windows-bundle: $(STAMP) ## make the zip for office PCs without internet; PYTHON_EMBED=zip adds Python
	@$(BIN)/python -m windows.bundle $(if $(PYTHON_EMBED),--python-embed "$(PYTHON_EMBED)")

format: $(STAMP) ## put the code into house style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

clean: ## remove everything these commands made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The pins come with the build backend, so the project itself installs without a second look-up.
$(STAMP): requirements.txt pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python: none of version 3.11 or newer was found. Install Python 3.11, or name yours: make PYTHON=/path/to/python" >&2; \
		exit 1; \
	fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; \
		fi; \
		"$(PYTHON)" -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
			echo "$(PYTHON): it cannot make an environment. Install its venv module (Debian, Ubuntu: apt-get install python3-venv)." >&2; \
			exit 1; }; \
	fi
	@echo "Preparing $(VENV) with $(PYTHON); the first time this takes some minutes."
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --no-compile --requirement requirements.txt
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

browser:
	@if [ -z "$(find_browser)" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium and Chinese fonts for the page tests."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; \
	fi
	@for name in $(or $(CHROMIUM),$(BROWSERS)); do command -v $$name >/dev/null && exit 0; done; \
		echo "Chromium: not found, and the page tests need it. Install it (Debian: apt-get install chromium fonts-noto-cjk), or name yours: make CHROMIUM=/path/to/chromium test" >&2; \
		exit 1
