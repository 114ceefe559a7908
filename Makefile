# A fresh machine needs Python 3.11 or newer, make and git; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test interop lint bench

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-run ## four translations on shipped messages, step by step
	@$(BIN)/bridge demo

test: $(VENV)/.installed-test ## the whole test suite
	@$(BIN)/python -m pytest -n auto --dist worksteal

interop: $(VENV)/.installed-test ## messages to and from foreign access points; needs Maven and a JDK
	@BRIDGE_INTEROP=required $(BIN)/python -m pytest tests/interop

lint: $(VENV)/.installed-dev ## format, lint and strict types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(VENV)/.installed-run ## speed against a floor measured in the same run
	@$(BIN)/bridge bench core
	@$(BIN)/bridge bench rules

EXTRA_run :=
EXTRA_test := [test]
EXTRA_dev := [dev]

# One stamp per set of packages: installing again happens only after pyproject.toml changed.
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	@echo "installing bridge$(EXTRA_$*) into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRA_$*)'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "bridge needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; on Debian install python3-venv"; exit 1; }
