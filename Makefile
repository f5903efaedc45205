# Two commands on a fresh machine with Python 3.11: `make run` and `make test`.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
CORPUS ?= corpus
SHARED ?= ../shared
PORT ?= 8501
export HF_HUB_OFFLINE := 1
export ANONYMIZED_TELEMETRY := False

.PHONY: install install-test run ingest test gate bench corpus lint clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not here. Install Python 3.11, or say: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

install-test: $(VENV)/.installed-test

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

# The chat in the browser, with the demo accounts (this computer only).
# The originals instead of the restated corpus: make run CORPUS=../shared/policies/pdf
run: install ingest
	$(BIN)/policybot run --demo --port $(PORT)

ingest: install
	$(BIN)/policybot ingest $(CORPUS)

test: install-test
	$(BIN)/python -m pytest

# The shipped sets over the restated corpus, held to what they came to before. A home of its own, made anew:
# what is published or kept on this machine has no say.
gate: export POLICYBOT_HOME := $(CURDIR)/build/gate
gate: install
	rm -rf build/gate
	mkdir -p build
	$(BIN)/policybot ingest corpus
	$(BIN)/policybot eval run --name gate
	$(BIN)/policybot eval gate gate --baseline eval/gold/baseline.json --junit build/evaluation.xml

lint: install-test
	$(BIN)/ruff check .

# The PDF and Word editions of the shipped corpus, made from the Markdown.
corpus: install-test
	$(BIN)/python -m ingest.typeset corpus/hardmoor-early-years/policy.md pdf
	$(BIN)/python -m ingest.typeset corpus/learning-institute/policy.md docx

bench: install-test
	$(BIN)/python -m eval.bench.compare --corpus $(SHARED)/policies/txt --questions $(SHARED)/eval/dev.jsonl
	$(BIN)/python -m eval.bench.resources --corpus $(SHARED)/policies/txt --questions $(SHARED)/eval/dev.jsonl

clean:
	rm -rf $(VENV) build
