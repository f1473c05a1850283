# Two commands are all it takes: `make run` opens the app, `make test` proves it.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PORT ?= 8501

.PHONY: run test lint types bench faults fuzz mutants docs dist look pictures sbom clean setup system pins

run: $(READY)
	@$(BIN)/clusters app --port $(PORT)

test: $(READY) system
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --durations 15

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# Everything beside its peers, into docs/benchmarks; see benchmarks/peers/README.md.
bench: $(READY)
	@$(BIN)/python benchmarks/run.py

# kill -9 at 200 random moments of publishing and of ledger writes, full disk, closed folder, two runs;
# workers of a cluster killed with -9, its scheduler lost; and, where the real registry is there, whether
# all of it gives the same snapshot in every format.
REGISTRY := ../shared/data/registry/sichuan_1978_2007_2013.parquet
faults: $(READY)
	@$(BIN)/python tests/faults/storm.py
	@$(BIN)/python tests/faults/cluster.py
	@test ! -e $(REGISTRY) || PYTHONPATH=tests $(BIN)/python tests/registry/formats.py $(REGISTRY)

# What the tests ask with the same examples every time, with examples nobody has seen; then broken
# files for ten minutes. An example that fails is printed with the line that repeats it.
fuzz: $(READY)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --hypothesis-profile explore -m "not slow and not browser"
	@PYTHONPATH=tests $(BIN)/python tests/faults/fuzz.py 600 $$RANDOM

# How many small faults the tests of a room notice: make mutants ROOM=goals, or geocode, or metrics;
# MODULES names some of its modules, SAMPLE how many mutants of each (0 for all).
ROOM := goals
MODULES :=
SAMPLE := 20
mutants: $(READY)
	@$(BIN)/python tests/mutation.py $(ROOM) $(MODULES) --sample $(SAMPLE)

# The generated parts of docs/, then the handbook as a site in site/, in Chinese and English.
docs: $(READY)
	@$(BIN)/python docs/build.py
	@$(BIN)/python docs/licences.py
	@$(BIN)/python docs/benchmark_pages.py
	@$(BIN)/python docs/handbook.py

# Wheel and source archive into dist/.
dist: $(READY)
	@$(BIN)/python -m hatchling build

# What the running platform is made of, with hashes, as CycloneDX; nothing is asked over the network.
sbom: $(READY)
	@mkdir -p build
	@$(BIN)/python deploy/pins.py requirements.txt > build/requirements.txt
	@$(BIN)/cyclonedx-py requirements build/requirements.txt --pyproject pyproject.toml \
	  --mc-type application --output-reproducible --of JSON -o build/sbom.cdx.json
	@echo build/sbom.cdx.json

# Every page, both languages, light and dark, three widths: for the eye.
look: $(READY) system
	@$(BIN)/python tests/browser/look.py --everything --out build/look

# The pictures of the docs.
pictures: $(READY) system
	@$(BIN)/python tests/browser/look.py
	@$(BIN)/python tests/browser/briefings.py

setup: $(READY)

# Chromium, a Chinese font and the programs of PostgreSQL, for tests and screenshots only.
system:
	@bash .ci/system

$(READY): requirements.txt pyproject.toml
	@bash .ci/python $(VENV)
	@echo "Installing the pinned packages into $(VENV); the first time takes some minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "Compiling what is compiled, and checking that everything is there."
	@$(BIN)/clusters doctor
	@touch $(READY)

# Maintainers only: pin anew from pyproject.toml (needs uv on the path).
pins:
	uv pip compile --quiet --universal --python-version 3.11 --group dev --generate-hashes \
	  --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements.txt

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
