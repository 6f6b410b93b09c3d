# From a bare checkout: `make demo` shows it, `make test` checks it. Needs Python >= 3.11; the tests also Node.js >= 20.

PYTHON ?= python3
NPM ?= npm
PYTEST_ARGS ?=
BROWSER = firefox
BENCH_ARGS ?=
SLOWEST := --durations=25
REAL_TIME := real_time or browser or node
# Another one each time, and one for all workers, which must give the tests the same names.
HASH_SEED := $(shell od -An -N2 -tu2 /dev/urandom | tr -d ' ')
# With arguments of one's own, one of the two halves may have no test: pytest ends with 5.
OR_NONE = $(if $(PYTEST_ARGS),|| test $$? = 5)
# What pytest made of a test file is kept for the next worker.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# Of what is installed a part is ever loaded, and compiled then: to compile all takes most of the time of installing it.
INSTALL := install --quiet --disable-pip-version-check --no-compile
PIP := $(BIN)/python -m pip $(INSTALL)
# What both environments take is found and fetched once, into a folder.
FETCH := $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --wheel-dir build/wheels
FETCHED := --no-index --find-links build/wheels
CLEAN_VENV := .venv-wheel
CLEAN_BIN := $(CLEAN_VENV)/bin
CLEAN_PIP := $(BIN)/python -m pip --python $(CLEAN_BIN)/python $(INSTALL) $(FETCHED)
ON_WHEEL = PYTHONHASHSEED=$(HASH_SEED) PYTHONSAFEPATH=1 $(CLEAN_BIN)
PYTEST = $(ON_WHEEL)/python -m pytest
SOURCES := $(shell find peerset moderation -type f -not -path '*/__pycache__/*') README.md LICENSE pyproject.toml hatch_build.py
PAGE_SOURCES := $(shell find web/src web/scripts -type f) web/package.json web/tsconfig.json web/tsconfig.build.json
INTEROP := $(wildcard tests/interop/package-lock.json)

.PHONY: attack-report performance help demo test virtual-beside real-time-beside check ready unit virtual real-time coverage web-alone web pages interop browsers networks bench format docs-check clean

help:
	@echo 'make demo        three processes and a page converge to one root (~20 s after the first set-up)'
	@echo 'make test        everything that must hold: format, lint, types, imports, tests on the wheel, web'
	@echo 'make check       the quick half of it: format, lint, types, imports, the source tree (~20 s)'
	@echo 'make pages       the tests of pages in Firefox; BROWSER=chromium: in that'
	@echo 'make interop     write the table of docs/interop.md from a run of its tests'
	@echo 'make coverage    which lines the Python tests reach'
	@echo 'make bench       write docs/performance.md from runs of some fifteen minutes; BENCH_ARGS=--quick: one minute'
	@echo 'make attack-report  write docs/attack-report.md from runs of some twenty minutes'
	@echo 'make format      put the source into its one format'
	@echo 'make docs-check  run the examples and compare the documents with the code'
	@echo 'make clean       remove everything these made'

# In the folder of each environment are the stamps of what it has. The package is enough for the demo; the tools come
# with the tests.
$(VENV)/.environment:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "peerset needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "no virtual environment could be made; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.package: pyproject.toml $(VENV)/.environment
	$(PIP) --editable .
	@touch $@

# To find out which versions fit took most of the time of installing them, and a newer pip takes half of it. To build
# the package in place takes editables.
build/wheels.stamp: pyproject.toml tests/needs.py $(VENV)/.environment
	@mkdir -p build && for extra in dev fuzz; do $(BIN)/python tests/needs.py $$extra > build/needs-$$extra.txt; done
	$(PIP) --upgrade pip
	$(FETCH) editables --requirement build/needs-dev.txt --requirement build/needs-fuzz.txt || { \
		echo "atheris cannot be had here: the fuzz target is skipped"; $(FETCH) editables --requirement build/needs-dev.txt; }
	@touch $@

$(VENV)/.tools: build/wheels.stamp
	$(PIP) $(FETCHED) --editable '.[dev]'
	@touch $(VENV)/.package $@

# A page in the browser takes part, where npm is there to build it; without one, the demo is the same but for that.
demo: $(VENV)/.package
	@mkdir -p build; test -e build/page.stamp || ! command -v $(NPM) > /dev/null || echo "building the page (once)"
	@! command -v $(NPM) > /dev/null || $(MAKE) --no-print-directory build/page.stamp > build/page.log 2>&1 \
		|| echo "the page could not be built (build/page.log says why): the demo goes on without it"
	$(BIN)/peerset demo

# Sockets, processes and browsers mostly wait, so the Python half and the page's half of what needs real time run side by
# side, and what needs none in the time that they leave: by `nice` none of them waits for it. The page's begins as soon as
# the page is built, while tools are fetched. The lines of the two that are beside come at the end, each in one piece.
test:
	@mkdir -p build && rm -f build/real-time.log build/virtual.log
	@$(MAKE) --no-print-directory -j4 check web real-time-beside virtual-beside; status=$$?; \
		cat build/real-time.log build/virtual.log; exit $$status
	@echo 'make test: all passed'

virtual-beside: ready
	@nice -n 19 $(MAKE) --no-print-directory virtual > build/virtual.log 2>&1

real-time-beside: ready
	@$(MAKE) --no-print-directory real-time > build/real-time.log 2>&1

check: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

WHOLE := $(CLEAN_VENV)/.wheel $(if $(INTEROP),tests/interop/node_modules/.package-lock.json browsers) networks

# Once for all workers: they would each compile what is installed, and rewrite the asserts of every test file.
ready: $(WHOLE)
	@$(PYTEST) --collect-only -qq > build/collected.log || { cat build/collected.log; exit 1; }

# The tests run on the built wheel in an environment of its own. PYTHONSAFEPATH keeps the tree's peerset out of
# sys.path, in child processes too; this proves it.
define PROVE
@$(ON_WHEEL)/python -c 'import peerset, sys; print("testing", peerset.__file__); \
	sys.exit("site-packages" not in peerset.__file__ and "the tree is being imported instead of the wheel")'
endef

unit: virtual real-time

# Hundreds of seeded swarms, and all else on a clock that jumps: a test that gets little of a processor is not late.
virtual: $(WHOLE)
	$(PROVE)
	$(PYTEST) -m 'not ($(REAL_TIME))' --numprocesses=auto --dist=worksteal $(SLOWEST) $(PYTEST_ARGS) $(OR_NONE)

# A file at a time on every core, so that what a file starts for all its tests is started once.
real-time: $(WHOLE)
	$(PROVE)
	$(PYTEST) -m '$(REAL_TIME)' --numprocesses=auto --dist=loadfile $(SLOWEST) $(PYTEST_ARGS) $(OR_NONE)

# Every test of pages in one browser, where `make test` plays in Firefox only those that are marked so.
pages: $(WHOLE)
	$(PROVE)
	$(PYTEST) -m browser --browser=$(BROWSER) --numprocesses=auto --dist=loadfile $(PYTEST_ARGS)

# The table of docs/interop.md, from what the tests show that are marked.
interop: $(WHOLE) $(VENV)/.tools
	$(PROVE)
	$(PYTEST) -m interop --interop=build/interop.json --numprocesses=auto --dist=loadfile $(PYTEST_ARGS); status=$$?; \
		$(BIN)/python -m tests.interop.table build/interop.json; exit $$status

# It makes the tests take three times as long, and none of them is about it; to it the simulation adds nothing.
coverage: $(WHOLE)
	$(PROVE)
	@rm -f .coverage .coverage.*
	$(ON_WHEEL)/coverage run -m pytest --ignore=tests/simulation -m 'not ($(REAL_TIME))' --numprocesses=auto --dist=worksteal
	$(ON_WHEEL)/coverage run -m pytest --ignore=tests/simulation -m '$(REAL_TIME)' --numprocesses=auto --dist=loadfile
	@$(ON_WHEEL)/coverage combine --quiet
	@$(ON_WHEEL)/coverage report --skip-covered

build/wheel.stamp: $(SOURCES) $(VENV)/.tools build/page.stamp
	@rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . > build/wheel.log || { cat build/wheel.log; exit 1; }
	@touch $@

# What the wheel needs can be there before it is built, with its extras that the tests name.
$(CLEAN_VENV)/.tools: build/wheels.stamp
	@test -x $(CLEAN_BIN)/python || $(BIN)/python -m venv --without-pip $(CLEAN_VENV)
	@$(BIN)/python tests/needs.py tests > build/needs-tests.txt
	$(CLEAN_PIP) --requirement build/needs-tests.txt
	@touch $@

$(CLEAN_VENV)/.wheel: build/wheel.stamp $(CLEAN_VENV)/.tools
	$(CLEAN_PIP) --force-reinstall --no-deps build/wheel/*.whl
	$(CLEAN_PIP) 'peerset[tests,fuzz]' || $(CLEAN_PIP) 'peerset[tests]'
	@touch $@

tests/interop/node_modules/.package-lock.json: tests/interop/package-lock.json
	@command -v $(NPM) > /dev/null || { echo "the interop tests need Node.js 20 or newer with npm: https://nodejs.org"; exit 1; }
	$(NPM) ci --prefix tests/interop --no-audit --no-fund --loglevel=error
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	$(NPM) ci --prefix web --no-audit --no-fund --loglevel=error
	@touch $@

browsers:
	@tests/interop/install.sh

# After the browsers: two installations at once would wait for each other in vain.
networks: $(if $(INTEROP),browsers)
	@tests/networks/install.sh
	@tests/stores/postgres/install.sh

# What web/ publishes, and the page that `peerset serve` hosts; the wheel brings it along.
build/page.stamp: $(PAGE_SOURCES) web/node_modules/.package-lock.json
	$(NPM) run build --prefix web
	@mkdir -p build && touch $@

# What of the page's half needs neither Python nor a browser, in the time that the fetching of tools leaves. It is told the
# real time, so it gets as much of a processor as all else. `npm run check` is the whole half.
web-alone: build/page.stamp
	$(NPM) run lint --prefix web
	$(NPM) run types --prefix web
	$(NPM) run unit --prefix web -- --project databases --project elements --project together

# Its pages meet at a tracker of ours. The tools are waited for, as no two installations into one environment may run at once.
web: web-alone $(VENV)/.tools browsers
	$(NPM) run unit --prefix web -- --project browser --project alone

# What it measures is of this machine, while it does nothing else. All that there is to measure, and takes an hour, is
# printed by `python -m tests.bench`.
bench performance: $(VENV)/.tools build/page.stamp browsers $(if $(INTEROP),tests/interop/node_modules/.package-lock.json)
	$(PIP) --editable '.[performance]' || echo "nostr-sdk cannot be installed here: its lines say so"
	$(BIN)/python -m tests.bench.performance $(BENCH_ARGS)

# What it measures is of this machine, while it does nothing else.
attack-report: $(VENV)/.tools
	$(BIN)/python -m tests.bench.report

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
