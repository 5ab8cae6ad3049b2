# Two commands are all a new user needs: `make demo` and `make test`.
#
# PYTHON picks the interpreter that .venv is made from, JOBS the number of test processes,
# PYTEST_ARGS goes to pytest: make test PYTEST_ARGS="-k loops".

PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.10; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo "$$p" && break; done)
JOBS ?= 2
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Test processes share the cores already; BLAS threads on top of them only get in the way.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.DELETE_ON_ERROR:
.PHONY: demo test test-all lint docs bench format golden clean

demo: $(READY)
	$(BIN)/python examples/autograd_chapter.py
	$(BIN)/python examples/demo.py

test: lint docs
	$(BIN)/python -m pytest -n $(JOBS) $(PYTEST_ARGS)

test-all: $(READY)
	$(BIN)/python -m nox

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(READY)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

bench: $(READY)
	$(BIN)/python benchmarks/golden.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(READY)
	$(BIN)/python -m pytest tests --update-golden -k golden

clean:
	rm -rf docs/_build docs/jupyter_execute .mypy_cache .pytest_cache .ruff_cache .nox dist build

# The stamp makes a second call quick: it is made anew only when the dependencies may have changed.
$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "srcgrad needs Python 3.10 or newer: make PYTHON=..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install -qq --editable . --group dev
	@touch $@
