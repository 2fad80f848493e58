# `make demo` and `make test` work on a machine that has Python 3.11+ and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
# Two workers with one thread each: threads of several processes would wait for each other.
JOBS ?= 2
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(JOBS)
# Tests whose loaders start processes: in a process that thousands of other tests, and the libraries that they
# loaded, have been in before, such a start has ended it by SIGSEGV.
FRESH := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -m fresh training/tests/fit

SLICER_SECONDS ?= 1800

.PHONY: help demo test test-all test-gpu test-slicer lint format bench clean

help:
	@echo "make demo      segment the bundled case with the bundled demo model; writes demo/"
	@echo "make test      every test but the long ones (about 10 minutes on two cores)"
	@echo "make test-all  the long ones too"
	@echo "make test-gpu  those that need a CUDA device"
	@echo "make test-slicer SLICER=/path/to/Slicer  those of panel and effect, in a real 3D Slicer"
	@echo "make lint      style and import rules;  make format  puts the style right"
	@echo "make bench     speed against segment-anything's own encoder; writes bench/bench.json"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[openvino]'
	@touch $@

$(DEVELOPMENT): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[openvino,training,test]'
	@touch $(RUNTIME) $@

demo: $(RUNTIME)
	$(BIN)/medsam-slicer demo --output-dir demo --force

test: $(DEVELOPMENT)
	$(PYTEST) -m "not gpu and not long and not fresh"
	$(FRESH)

test-all: $(DEVELOPMENT)
	$(PYTEST) -m "not gpu and not fresh"
	$(FRESH)

test-gpu: $(DEVELOPMENT)
	$(BIN)/python -m pytest -q -m gpu

# Where there is no display, a virtual one. Slicer takes PyTorch from its own Python, or from PYTHONPATH.
test-slicer: SHELL := /bin/bash
test-slicer:
	@test -x "$(SLICER)" || { echo "make test-slicer SLICER=/path/to/Slicer"; exit 2; }
	set -o pipefail; $(if $(DISPLAY),,LIBGL_ALWAYS_SOFTWARE=1 xvfb-run -a -s "-screen 0 1600x1200x24") \
	  $(if $(shell command -v timeout),timeout -k 20 $(SLICER_SECONDS)) "$(SLICER)" --testing --no-splash \
	  --additional-module-paths "$(CURDIR)/MedSAMSlicer" \
	  --python-script "$(CURDIR)/MedSAMSlicer/Testing/in_slicer/run_all.py" 2>&1 | cat

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(RUNTIME)
	@mkdir -p bench
	$(BIN)/medsam-slicer bench --json bench/bench.json --force

clean:
	rm -rf $(VENV) demo bench
