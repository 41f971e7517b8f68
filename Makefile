# `make run` and `make test` do all the set-up on a fresh clone.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
# torch first and pinned: any other version, or a later resolve, would fetch gigabytes of CUDA.
TORCH := torch==2.13.0

.PHONY: run test lint bench screens backbone clean

run: $(READY)
	@$(PY) -m cessl_gui $${PROJECT:+"$$PROJECT"}

# Two processes, of one thread each, which take file after file in the order of their names: the long ones are not the
# last. With ARGS: what they name, in one process.
test: $(READY)
ifdef ARGS
	$(PY) -m pytest $(ARGS)
else
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder
endif

lint: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: $(READY)
	$(PY) -m benchmarks $(ARGS)

screens: $(READY)
	$(PY) -m benchmarks.window.desk_screens screens
	$(PY) -m benchmarks.window.screens screens

# A killed run goes on where it was, also between two of them: a mark says which are made. One whose recipe was changed
# since is made again, with all that follow from it.
backbone: build/twin-3.made
	$(PY) -m cessl_gui.cli pretrain resources/backbones/tiny-5.toml
	rm build/*.made

build/twin-3.made: build/teacher-1.made build/teacher-2.made build/teacher-3.made
build/teacher-3.made: build/teacher-1.made
build/%.made: benchmarks/backbones/%.toml | $(READY)
	$(PY) -m cessl_gui.cli pretrain benchmarks/backbones/$*.toml
	mkdir -p build
	touch $@

$(READY): pyproject.toml packaging/system_libraries.py
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.11")'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet $(TORCH)
	$(PY) -m pip install --quiet --editable '.[dev]'
	$(PY) packaging/system_libraries.py
	$(PY) -m compileall -q cessl_gui
	touch $(READY)

clean:
	rm -rf $(VENV) build dist
