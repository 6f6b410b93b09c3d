# From a bare checkout: `make demo` shows it, `make test` checks it. Needs Python >= 3.11; the tests also Node.js >= 20.

PYTHON ?= python3
NPM ?= npm
PYTEST_ARGS ?=
SLOWEST := --durations=25
REAL_TIME := real_time or browser or node
# Another one each time, and one for all workers, which must give the tests the same names.
HASH_SEED := $(shell od -An -N2 -tu2 /dev/urandom | tr -d ' ')
# With arguments of one's own, one of the two halves may have no test: pytest ends with 5.
OR_NONE := $(if $(PYTEST_ARGS),|| test $$? = 5)

VENV := .venv
BIN := $(VENV)/bin
CLEAN_VENV := .venv-wheel
CLEAN_BIN := $(CLEAN_VENV)/bin
SOURCES := $(shell find peerset moderation -type f -not -path '*/__pycache__/*') README.md LICENSE pyproject.toml hatch_build.py
PAGE_SOURCES := $(shell find web/src web/scripts -type f) web/package.json web/tsconfig.json web/tsconfig.build.json
INTEROP := $(wildcard tests/interop/package-lock.json)

.PHONY: help demo test check simulation unit web browser bench format docs-check clean

help:
	@echo 'make demo        three processes and a page converge to one root (~20 s after the first set-up)'
	@echo 'make test        everything that must hold: format, lint, types, imports, tests on the wheel, web'
	@echo 'make check       the quick half of it: format, lint, types, imports, the source tree (~20 s)'
	@echo 'make bench       measured figures, with the machine they were measured on'
	@echo 'make format      put the source into its one format'
	@echo 'make docs-check  run the examples and compare the documents with the code'
	@echo 'make clean       remove everything these made'

# The two set-up stamps: the package is enough for the demo; the tools come with the tests.
$(VENV)/.package: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "peerset needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "no virtual environment could be made; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.tools: $(VENV)/.package
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# A page in the browser takes part, where npm is there to build it; without one, the demo is the same but for that.
demo: $(VENV)/.package
	@mkdir -p build; test -e build/page.stamp || ! command -v $(NPM) > /dev/null || echo "building the page (once)"
	@! command -v $(NPM) > /dev/null || $(MAKE) --no-print-directory build/page.stamp > build/page.log 2>&1 \
		|| echo "the page could not be built (build/page.log says why): the demo goes on without it"
	$(BIN)/peerset demo

test: check simulation unit web
	@echo 'make test: all passed'

check: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Hundreds of seeded swarms, in virtual time and so on every core; without coverage, to which they add nothing.
simulation: $(CLEAN_VENV)/.wheel
	PYTHONSAFEPATH=1 $(CLEAN_BIN)/python -m pytest tests/simulation --numprocesses=auto --dist=worksteal $(SLOWEST)

# The tests run on the built wheel in an environment of its own. PYTHONSAFEPATH keeps the tree's peerset out of
# sys.path, in child processes too; the second line proves it. What needs no real time runs on every core; sockets,
# processes and browsers come afterwards, a file at a time on every core, so that nothing busy keeps them waiting.
unit: $(CLEAN_VENV)/.wheel $(if $(INTEROP),tests/interop/node_modules/.package-lock.json browser)
	@PYTHONSAFEPATH=1 $(CLEAN_BIN)/python -c 'import peerset, sys; print("testing", peerset.__file__); \
		sys.exit("site-packages" not in peerset.__file__ and "the tree is being imported instead of the wheel")'
	@rm -f .coverage .coverage.*
	PYTHONHASHSEED=$(HASH_SEED) PYTHONSAFEPATH=1 $(CLEAN_BIN)/coverage run -m pytest --ignore=tests/simulation \
		-m 'not ($(REAL_TIME))' --numprocesses=auto --dist=worksteal $(SLOWEST) $(PYTEST_ARGS) $(OR_NONE)
	PYTHONHASHSEED=$(HASH_SEED) PYTHONSAFEPATH=1 $(CLEAN_BIN)/coverage run -m pytest --ignore=tests/simulation \
		-m '$(REAL_TIME)' --numprocesses=auto --dist=loadfile $(SLOWEST) $(PYTEST_ARGS) $(OR_NONE)
	@PYTHONSAFEPATH=1 $(CLEAN_BIN)/coverage combine --quiet
	@PYTHONSAFEPATH=1 $(CLEAN_BIN)/coverage report --skip-covered

build/wheel.stamp: $(SOURCES) $(VENV)/.tools build/page.stamp
	@rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . > build/wheel.log || { cat build/wheel.log; exit 1; }
	@touch $@

$(CLEAN_VENV)/.tools: pyproject.toml $(VENV)/.package
	@test -x $(CLEAN_BIN)/python || $(PYTHON) -m venv $(CLEAN_VENV)
	@touch $@

$(CLEAN_VENV)/.wheel: build/wheel.stamp $(CLEAN_VENV)/.tools
	@$(CLEAN_BIN)/python -m pip uninstall --quiet --yes peerset
	$(CLEAN_BIN)/python -m pip install --quiet --disable-pip-version-check "$$(ls build/wheel/*.whl)[dev]"
	@$(CLEAN_BIN)/python -m pip install --quiet --disable-pip-version-check "$$(ls build/wheel/*.whl)[fuzz]" \
		|| echo "atheris cannot be installed here: the fuzz target is skipped"
	@touch $@

tests/interop/node_modules/.package-lock.json: tests/interop/package-lock.json
	@command -v $(NPM) > /dev/null || { echo "the interop tests need Node.js 20 or newer with npm: https://nodejs.org"; exit 1; }
	$(NPM) ci --prefix tests/interop --no-audit --no-fund --loglevel=error
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	$(NPM) ci --prefix web --no-audit --no-fund --loglevel=error
	@touch $@

browser:
	@command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null || { \
		if [ "$$(id -u)" != 0 ]; then \
			echo "the interop tests need Chromium: install chromium (as root: apt-get install chromium), then try again"; exit 1; \
		fi; \
		command -v apt-get > /dev/null || { echo "the interop tests need Chromium, and there is no apt-get here to fetch it"; exit 1; }; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; \
	}

# What web/ publishes, and the page that `peerset serve` hosts; the wheel brings it along.
build/page.stamp: $(PAGE_SOURCES) web/node_modules/.package-lock.json
	$(NPM) run build --prefix web
	@mkdir -p build && touch $@

# The TypeScript peer brings its own script of checks; its pages meet at a tracker of ours.
web: build/page.stamp $(VENV)/.package browser
	$(NPM) run check --prefix web

bench: $(VENV)/.tools build/page.stamp browser
	$(BIN)/python -m tests.bench

format: $(VENV)/.tools web/node_modules/.package-lock.json
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run format --prefix web

docs-check: $(VENV)/.tools
	$(BIN)/python -m pytest -q tests/test_readme.py tests/test_house.py tests/test_cli_docs.py

clean:
	rm -rf $(VENV) $(CLEAN_VENV) build dist tests/interop/node_modules web/node_modules web/dist peerset/page/static .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
