# Réverbère: `make help` tells what there is. Nothing but git, make and Python 3.11 is needed.
# ARGS adds words to a command:  make run ARGS="--at 20:14"   make test ARGS="tests/store -x"

.DEFAULT_GOAL := help
.PHONY: help run test check bench fuzz lock clean
.NOTPARALLEL:

ifeq ($(REVERBERE_HOME),)
REVERBERE_HOME := $(CURDIR)/.reverbere
endif
export REVERBERE_HOME
ARGS ?=
python := .venv/bin/python
bootstrap = @python=$$(sh scripts/find-python.sh) && "$$python" scripts/bootstrap.py

help: ## tell what there is
	@echo "Réverbère, the digital twin of a connected territory"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16
	@echo 'ARGS adds words: make run ARGS="--at 20:14". Settings: docs/operations.md'

run: ## start the demonstration town and print the addresses to open; Ctrl-C stops everything
	$(bootstrap) run
	@$(python) -m control_center up $(ARGS)

test: ## run the tests, on a real database and a real broker
	$(bootstrap) dev
	@$(python) -m pytest -n auto $(ARGS)

check: ## look at style, types and the house's rules; changes nothing
	$(bootstrap) dev
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy
	@$(python) -m pytest -q -n 0 tests/test_house.py

bench: ## measure and compare with the bars
	$(bootstrap) dev
	@$(python) -m benchmarks $(ARGS)

fuzz: ## try to break every parser; ARGS="20 senml" gives seconds and parsers
	$(bootstrap) dev
	@$(python) -m tests.fuzz $(ARGS)

lock: ## write requirements/*.txt anew from pyproject.toml
	@sh scripts/lock.sh $(ARGS)

clean: ## remove all that was made here: environment, servers, data, caches
	@python=$$(sh scripts/find-python.sh) && "$$python" scripts/clean.py
