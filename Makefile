# Everything a contributor types. `make demo` needs Python alone; `make test` sets itself up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
# Most of the time tests wait for browsers and timers: one more than there are processors.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: demo test check format test-long bench widget screenshots clean

demo: $(VENV)/.demo ## La Gazette on http://127.0.0.1:8000 (PORT=…)
	$(BIN)/python gazette/demo.py --port $(PORT)

test: $(VENV)/.dev widget/node_modules/.ready ## every everyday test
	@sh tools/needs.sh chromium git nginx openssl perl postgresql strace varnishd
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

check: $(VENV)/.dev ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/sizes.py

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test-long: $(VENV)/.dev widget/node_modules/.ready ## faults, fuzzing, repeats (an hour or more)
	@sh tools/needs.sh chromium git nginx openssl perl postgresql strace varnishd
	$(BIN)/python -m pytest -m long --timeout 3600

bench: $(VENV)/.bench ## measured figures, peers in the same run
	for file in bench/*.py; do $(BIN)/python $$file || exit 1; done

screenshots: $(VENV)/.dev ## the pictures of the documentation
	$(BIN)/python tools/screenshots.py

widget: widget/node_modules/.ready ## rebuild the browser part into src/bandeau/web/static
	cd widget && npm run build

widget/node_modules/.ready: widget/package.json widget/package-lock.json
	@sh tools/needs.sh npm
	cd widget && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[gazette]'
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/.demo

$(VENV)/.bench: pyproject.toml | $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,bench]'
	touch $@

clean:
	rm -rf $(VENV) widget/node_modules .mypy_cache .ruff_cache .pytest_cache var
