# make teach  set up, then teach a simulated robot yourself, on a page in your browser
# make demo   set up, then teach, diversify, train and evaluate in simulation; ends with a report
# make test   set up, then run the tests, the plugins' too, on all cores (minutes)
# make check  lint, types, import rules
# make docs   build the documentation into site/
# make texts  collect the page's texts into its catalogues of other languages, and compile these
# make bench  measure speeds on this machine

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export OMP_WAIT_POLICY ?= PASSIVE
# Python keeps what it has compiled: torch and lightning are imported in a third of the time.
unexport PYTHONDONTWRITEBYTECODE
# Where torch AND torchvision come from, if not from the usual index: make test TORCH_INDEX=URL
TORCH_INDEX ?=

# A Python for which pybullet has wheels (3.11, 3.10): from PATH, or one that uv manages; else any.
PYTHON ?= $(shell \
  for name in python3.11 python3.10 python3 python; do \
    found=$$(command -v $$name 2>/dev/null) || continue; \
    $$found -c 'import sys, venv; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 11)))' 2>/dev/null && { echo $$found; exit; }; \
  done; \
  for version in 3.11 3.10; do found=$$(uv python find $$version 2>/dev/null) && { echo $$found; exit; }; done; \
  command -v python3)

# What pip is at: a package a line.
PROGRESS := s!^ *(Downloading|Using cached|Processing) (.*/)?([^/ -]+-[^/ -]+)[^/ ]*[.](whl|tar[.]gz)( \([0-9][^)]*\))?( .*)?$$!    \3\5!p; \
  s!^Installing collected packages.*!    installing them: a minute or two!p

.PHONY: help teach demo test check docs texts bench clean
help:
	@sed -n 's/^# make /make /p' Makefile

$(STAMP): pyproject.toml $(wildcard plugins/*/pyproject.toml) constraints.txt
	@[ -n "$(PYTHON)" ] || { echo "cliprt needs Python 3.10 or 3.11; none was found. Install one, or: uv python install 3.11" >&2; exit 1; }
	@echo "==> Setting up $(VENV) with $$($(PYTHON) --version) ($(PYTHON)); the first time takes a few minutes and gigabytes"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@set -o pipefail; $(BIN)/python -m pip install --progress-bar off --disable-pip-version-check $(addprefix --extra-index-url ,$(TORCH_INDEX)) -c constraints.txt -e ".[sim,page,speech,oxe,serve,docs,dev]" -e "plugins/cliprt-ur[test]" -e "plugins/cliprt-lerobot[test]" -e "plugins/cliprt-openvla[test]" -e "plugins/cliprt-sentence[test]" 2> >(grep -v "^WARNING: Location" >&2) | sed -Enu '$(PROGRESS)'
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))' || { \
	  echo "==> pybullet has no wheel for this Python: building it from source (10 minutes, needs a C++ compiler)."; \
	  echo "    To avoid that: uv python install 3.11, remove $(VENV), and run make again."; \
	  $(BIN)/python -m pip install -q -c constraints.txt "pybullet>=3.2.7,<4"; }
	@! $(BIN)/python -c 'import lightning' 2>&1 | grep -q torchvision::nms || { \
	  echo "==> torch is a CPU build and torchvision is not: cliprt bridges that, where it is imported before lightning."; \
	  echo "    A pair that matches, where you can reach it: make clean test TORCH_INDEX=<the index of the CPU builds>"; }
	@touch $@

# Ctrl-C is how one leaves the page.
teach: $(STAMP)
	@$(BIN)/cliprt teach || [ $$? = 130 ]

demo: $(STAMP)
	@$(BIN)/cliprt fit finetune_novel
	@echo "Now teach a robot yourself, in your browser. Type: $(BIN)/cliprt teach"

# One worker more than cores: some tests wait for a browser, a clock or another process.  One that
# waits for ever is named after a quarter of an hour.
test: $(STAMP)
	@$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)') --maxprocesses 5 --dist worksteal --timeout 900 --durations 10 tests plugins/cliprt-ur/tests plugins/cliprt-lerobot/tests plugins/cliprt-openvla/tests plugins/cliprt-sentence/tests

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@cd plugins/cliprt-ur && ../../$(BIN)/mypy
	@cd plugins/cliprt-lerobot && ../../$(BIN)/mypy
	@cd plugins/cliprt-openvla && ../../$(BIN)/mypy
	@cd plugins/cliprt-sentence && ../../$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(STAMP)
	@$(BIN)/mkdocs build --strict

texts: $(STAMP)
	@$(BIN)/python docs/make/catalogues.py

bench: $(STAMP)
	@$(BIN)/cliprt bench

clean:
	rm -rf $(VENV) site .pytest_cache .ruff_cache .mypy_cache .hypothesis
