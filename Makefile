# Every target works on a machine with only Python 3.11+, pip and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
# Where a machine forbids to keep compiled modules, each of the tests' hundreds of processes would compile anew.
unexport PYTHONDONTWRITEBYTECODE
# On a busy machine one of thousands of tests may lose a race that is not the product's. In the pipeline such a test is
# tried once more, and shown at the end; whatever fails twice fails, and so does what follows the fifth.
AGAIN := $(if $(CI),--reruns 1 --reruns-delay 1 --max-suite-reruns 5 --rerun-show-tracebacks)

.PHONY: demo ready test lint bench docs clean help

help:
	@echo "make demo   run an example agent through the bookshop scenarios"
	@echo "make test   install what the tests need and run them"
	@echo "make lint   formatter, linter and strict types"
	@echo "make bench  print the figures that docs/explanation/performance.md speaks of"
	@echo "make docs   write docs/reference/ from the code"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Soundstage needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(READY): $(BIN)/python pyproject.toml
	@echo "Installing Soundstage into $(VENV) (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(READY_DEV): $(BIN)/python pyproject.toml
	@echo "Installing Soundstage and what its tests need into $(VENV) (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check "pip>=25.1" uv
	@$(BIN)/uv pip install -q --python $(BIN)/python --compile-bytecode -e . --group dev || \
		$(BIN)/python -m pip install -q --disable-pip-version-check -e . --group dev
	@touch $(READY) $@

demo: $(READY)
	@$(BIN)/soundstage run bookshop -k "report or accounts or price" --agent "$(BIN)/python examples/agents/sdk_agent.py"

ready: $(READY_DEV)

test: $(READY_DEV)
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations 25 --durations-min 5 $(AGAIN)

lint: $(READY_DEV)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/python -m mypy

bench: $(READY_DEV)
	@$(BIN)/python -m benchmarks

docs: $(READY)
	@$(BIN)/python -m docs.generate

clean:
	rm -rf $(VENV) .tools runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
