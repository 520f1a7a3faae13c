# The commands of this project. `make run` serves the sample corpus, `make test` is the whole check.
SHELL := /bin/sh
PORT ?= 8000
CORPUS ?= corpus
BIN := .venv/bin
NATIVE := $(wildcard src/searchsvc/*/native/*.c src/searchsvc/*/*/native/*.[ch])

.PHONY: run test soak lint types format lock screenshots clean

run: .venv/.runtime
	@PORT='$(PORT)' CORPUS='$(CORPUS)' sh tools/run.sh

test: .venv/.test
	@sh tools/system.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q

soak: .venv/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[soak]'
	$(BIN)/python -m pytest -q soak

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.test
	$(BIN)/mypy

format: .venv/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: .venv/.test
	@sh tools/system.sh browser
	$(BIN)/python tools/screenshots.py

lock: .venv/.test
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --no-emit-options --generate-hashes --upgrade -c tools/lock-constraints.txt -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --no-emit-options --generate-hashes --upgrade -c tools/lock-constraints.txt --extra test -o requirements-test.lock pyproject.toml

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.runtime: requirements.lock pyproject.toml setup.py NOTICE $(NATIVE) tools/venv.sh
	@sh tools/venv.sh requirements.lock
	@touch $@

.venv/.test: requirements-test.lock pyproject.toml setup.py NOTICE $(NATIVE) tools/venv.sh
	@sh tools/venv.sh requirements-test.lock
	@touch $@ .venv/.runtime
