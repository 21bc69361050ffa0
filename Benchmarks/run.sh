#!/bin/sh
# Builds the release binaries and the benchmark, then runs it. Options go to the benchmark: see --help.
# `mesh-simulation [NODES ...]` runs the simulation of large meshes instead, which needs no daemon.
# JOBS=n limits how many compilers run at once. WORKCEPTOR_BENCH_BIN=FOLDER measures the binaries that are there, such as
# those of another version, instead of building any.
set -eu
root=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
flags="-c release --static-swift-stdlib --explicit-target-dependency-import-check error ${JOBS:+-j $JOBS}"
# The mesh without its IO: it shares the node's code, so it is a product of the main package. Further options are sizes.
if [ "${1:-}" = mesh-simulation ]; then
    shift
    # shellcheck disable=SC2086
    swift build $flags --product mesh-simulation >&2
    exec .build/release/mesh-simulation "$@"
fi
# What is built is not the result: it goes to standard error, so that --json alone is on standard output.
binaries=${WORKCEPTOR_BENCH_BIN:-}
if [ -z "$binaries" ]; then
    binaries=$root/.build/release
    # shellcheck disable=SC2086
    swift build $flags >&2
fi
# shellcheck disable=SC2086
swift build $flags --package-path Benchmarks --scratch-path .build-bench >&2
exec .build-bench/release/workceptor-bench --binaries "$binaries" "$@"
