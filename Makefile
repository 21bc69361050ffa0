# The front door: everything that is done with this repository is a target here. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

BINARIES := workceptor workceptorctl workceptor-runner
RELEASE := .build/release
VERSION_SOURCE := Sources/Core/Control/Protocol/WorkceptorVersion.swift
FUZZ_SECONDS ?= 60
HOSTILE_SECONDS ?= 60
# Names of benchmarks; all of them when it is empty.
BENCH ?=
FORMATTED := Package.swift Sources Tests $(wildcard Benchmarks)
# What people write plugins against; the rest of the modules is the daemon's own.
DOCUMENTED := Workceptor WorkTypeTestKit

# Imports that Package.swift does not declare are errors.
SWIFT_BUILD := swift build --explicit-target-dependency-import-check error
SWIFT_RELEASE := $(SWIFT_BUILD) -c release --static-swift-stdlib
# All tests are Swift Testing's; XCTest would only report that it ran none.
TEST_OPTIONS := --disable-xctest
# These keep the machine busy with daemons of their own; the others run before them.
WHOLE_PROGRAM_TESTS := ^(EndToEndTests|ReadmeTests)\.
# Where `make setup` could not install packages, it unpacked them and wrote down how to find them.
USE_SYSROOT := if [ -f .build-sysroot/env ]; then . .build-sysroot/env; fi;

.PHONY: help setup build demo test check fuzz hostile tsan asan bench fmt docs version install uninstall clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Install what a build needs and this machine lacks
	@scripts/setup.sh

build: setup ## Build the release binaries into .build/release
	@$(USE_SYSROOT) for binary in $(BINARIES); do $(SWIFT_RELEASE) --product "$$binary"; done

demo: build ## Start a daemon and run real work on it
	@$(USE_SYSROOT) scripts/demo.sh

test: setup ## Build and run all tests
	@$(USE_SYSROOT) $(SWIFT_BUILD) --build-tests
	@$(USE_SYSROOT) swift test --skip-build $(TEST_OPTIONS) --skip '$(WHOLE_PROGRAM_TESTS)'
	@$(USE_SYSROOT) swift test --skip-build $(TEST_OPTIONS) --filter '$(WHOLE_PROGRAM_TESTS)'

check: ## Check format, shell scripts, unused code, names and what the rules forbid
	@scripts/setup.sh shellcheck
	@swift format lint --strict --parallel --recursive $(FORMATTED)
	@$(USE_SYSROOT) shellcheck scripts/*.sh .ci/run Benchmarks/run.sh
	@scripts/check.py

fuzz: setup ## Run the fuzz tests, each for FUZZ_SECONDS (60)
	@$(USE_SYSROOT) $(SWIFT_BUILD) --build-tests
	@$(USE_SYSROOT) FUZZ_SECONDS='$(FUZZ_SECONDS)' scripts/fuzz.sh

hostile: build ## Have a daemon attacked from all sides for HOSTILE_SECONDS (60)
	@$(USE_SYSROOT) scripts/hostile.py '$(HOSTILE_SECONDS)' $(RELEASE)

tsan: setup ## Run the tests with ThreadSanitizer
	@$(USE_SYSROOT) scripts/sanitize.sh thread

asan: setup ## Run the tests with AddressSanitizer
	@$(USE_SYSROOT) scripts/sanitize.sh address

bench: build ## Run the benchmarks (BENCH="NAME ...", WORKCEPTOR_BENCH_BIN=FOLDER)
	@$(USE_SYSROOT) Benchmarks/run.sh $(addprefix --only ,$(BENCH))
	@$(USE_SYSROOT) if [ -z "$(BENCH)" ]; then Benchmarks/run.sh mesh-simulation 10 100 300; fi

fmt: ## Format the Swift sources
	@swift format --in-place --parallel --recursive $(FORMATTED)

docs: setup ## Write the API documentation into .build-docs
	@$(USE_SYSROOT) scripts/docs.sh $(DOCUMENTED)

version: ## Print the version, whose one place is WorkceptorVersion.swift
	@sed -n 's/.*let current = "\(.*\)"/\1/p' $(VERSION_SOURCE)

install: ## Install what `make build` built (PREFIX, DESTDIR, SYSCONFDIR)
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' scripts/install.sh install

uninstall: ## Remove what `make install` installed, configuration apart
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' scripts/install.sh uninstall

clean: ## Remove everything that was built
	@rm -rf .build .build-asan .build-bench .build-docs .build-readme .build-sysroot .build-tsan
