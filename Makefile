# What people do with this folder. `make` alone says what there is.

PREFIX ?= /usr
DESTDIR ?=
SWIFT ?= swift

# The Swift library goes into the binary: it then runs where no toolchain is.
release = -c release --static-swift-stdlib
# By name, because under sudo there may be no swift to ask.
binary = "$(CURDIR)/.build/release/anchord"
# Sources that are ours to format.
sources = Sources Tests Experiments Package.swift

.DEFAULT_GOAL := help
.PHONY: help deps build test demo bench bench-train bench-recall experiments install format lint clean

help: ## This list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the Debian packages that are missing, if any.
	@scripts/install-dependencies.sh

build: deps ## Build the release binary.
	$(SWIFT) build $(release) --product anchord

test: deps ## Lint, build and run all tests.
	@if $(SWIFT) format --version >/dev/null 2>&1; then $(MAKE) --no-print-directory lint; fi
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --parallel
	@if [ -x Fuzz/run.sh ]; then Fuzz/run.sh; fi

demo: build ## Watch faults of a simulated plant being noticed. Ctrl-C or DEMO_SECONDS=90 ends it.
	@scripts/demo $(binary)

bench: build ## Measure the daemon beside a bare MQTT subscriber.
	@scripts/bench $(binary)

experiments: deps ## Repeat the experiments of docs/experiments.md, and write it anew.
	$(SWIFT) run $(release) anchord-experiments docs/experiments.md

bench-train: deps ## Time the training of encoders beside PyTorch (fetched from PyPI).
	@scripts/bench-train

bench-recall: deps ## Measure a million remembered windows, on disk and searched.
	@scripts/bench-recall

install: ## Install binary, unit, settings, completions and docs. PREFIX=/usr DESTDIR=
	@test -x $(binary) || { echo 'Build it first, as yourself: make build' >&2; exit 1; }
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" scripts/install.sh $(binary)

format: ## Format the sources in place.
	$(SWIFT) format -i -r $(sources)

lint: ## Say what is not formatted, or against the rules.
	$(SWIFT) format lint --strict -r $(sources)

clean: ## Remove what was built.
	$(SWIFT) package clean
