# Two commands open the course: `make book` and `make test`. The README gives the plain lines too.
PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= dev
BIN = $(VENV)/bin
INSTALLED = $(VENV)/.installed-$(EXTRAS)

# Two processes share the tests, each a file at a time.
PARALLEL ?= -n 2 --dist loadfile

# One thread for every product: small matrices are slower with two, and results stay the same.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1

# Folders whose files import each other by their bare names.
FOLDERS = $(sort $(dir $(wildcard tests/*.py tests/*/*.py book/*.py book/*/*.py benchmarks/*.py \
  benchmarks/*/*.py)))

.PHONY: book test test-all lint release bench pdf constraints install clean

book: install
	$(BIN)/course book

test: lint
	$(BIN)/course release --check
	$(BIN)/python -m pytest $(PARALLEL)

# What `make test` leaves out: a real browser, the whole book, other libraries as witnesses.
test-all: install
	$(BIN)/python -m pytest -m long $(PARALLEL)

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m deptry . $(FOLDERS)

release: install
	$(BIN)/course release

pdf: install
	$(BIN)/python book/make_pdf.py

bench: install
	$(BIN)/python benchmarks/run.py

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	touch $@

# The exact versions of this environment, without any address in them.
constraints: install
	( sed -n '/^\#/p' constraints.txt; $(BIN)/python -m pip freeze --all --exclude-editable \
	  | grep -viE '^(forward-backward-update|pip)\b' | sed -e 's/+cpu//' -e '/@/d' ) > constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf book/_build .pytest_cache .ruff_cache .mypy_cache .hypothesis
