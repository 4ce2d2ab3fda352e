# make demo: the main job. make test: all checks. Each sets everything up by itself.
PYTHON ?= python3
BIN := .venv/bin
# Keeps tests and demo off the network and to one thread a process.
ENV := MLFLOW_DISABLE_TELEMETRY=true HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit notebooks bench results manifests fuzz audit-dependencies sbom spark clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26

setup: .venv/.ready ## Make the virtual environment

.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("phongtrao needs Python 3.11 or newer, found " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,segmentation,abstractive,ray]'
	touch $@

demo: setup ## Train on the seed corpus, classify and summarize sample pages, write runs/demo/report.html
	$(ENV) $(BIN)/phongtrao demo

test: lint types unit ## Lint, types and tests

lint: setup ## ruff: format and rules
	$(BIN)/ruff format --check src tests experiments notebooks fuzz release
	$(BIN)/ruff check src tests experiments notebooks fuzz release

types: setup ## mypy --strict
	$(BIN)/mypy

unit: setup ## pytest
	$(ENV) $(BIN)/python -m pytest

notebooks: setup ## Run the notebooks, write them as pages to runs/notebooks
	$(ENV) $(BIN)/python -m nbconvert --execute --to html --output-dir runs/notebooks notebooks/*.ipynb

bench: setup ## Articles a second, memory; against what one would write oneself (BENCH="--models FOLDER ...")
	$(ENV) $(BIN)/python experiments/bench/reading.py
	$(ENV) $(BIN)/python experiments/bench/commands.py
	$(ENV) $(BIN)/python experiments/bench/summary.py
	$(ENV) $(BIN)/python experiments/bench/throughput.py $(BENCH)

results: setup ## Write experiments/RESULTS.md again
	$(ENV) $(BIN)/python experiments/results.py

manifests: setup ## Write the manifests of the shipped weights again, after a change on purpose
	$(BIN)/python -m phongtrao.integrity src/phongtrao/weights/reading src/phongtrao/weights/topics \
		src/phongtrao/weights/summary/extractive

FUZZ_TARGETS := page markup row jsonl csv parquet
MINUTES ?= 30
fuzz: setup ## Look for bytes that reading cannot take, MINUTES (30) a target; findings stay in runs/fuzz
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[fuzz]'
	for target in $(FUZZ_TARGETS); do $(ENV) $(BIN)/python -m fuzz.run $$target --minutes $(MINUTES) || exit 1; done

RELEASE := build/release/bin
build/release/.ready: # Tools that look at .venv from outside, so that they are no part of what they see
	$(PYTHON) -m venv build/release
	$(RELEASE)/python -m pip install --quiet 'cyclonedx-bom>=5' 'pip-audit>=2.7'
	touch $@

sbom: setup build/release/.ready ## Write dist/sbom.cdx.json: what the release is made of (CycloneDX)
	$(RELEASE)/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible \
		--output-file build/environment.cdx.json
	$(BIN)/python release/bill.py build/environment.cdx.json dist

audit-dependencies: ## Report known vulnerabilities of what phongtrao needs (pip-audit); fails nothing
	-@$(MAKE) --no-print-directory sbom && $(RELEASE)/pip-audit --requirement dist/requirements.txt \
		--no-deps --disable-pip --desc on --progress-spinner off --format markdown \
		--output dist/vulnerabilities.md
	-@test ! -s dist/vulnerabilities.md || cat dist/vulnerabilities.md

build/spark/.ready: pyproject.toml constraints.txt # Spark takes no pandas 3 yet
	$(PYTHON) -m venv build/spark
	grep -v '^pandas' constraints.txt > build/spark/constraints.txt
	build/spark/bin/python -m pip install --quiet --constraint build/spark/constraints.txt --editable . \
		'pandas<3' 'pyspark>=4,<4.1' hypothesis psutil pytest pytest-timeout
	touch $@

spark: build/spark/.ready ## Test the logged model in Spark, in an environment of its own; needs Java
	$(ENV) build/spark/bin/python -m pytest tests/tracking/test_spark.py -rs

clean: ## Remove the environment and what tools left behind
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
