#!/usr/bin/env bash
# Runs every fuzz test for FUZZ_SECONDS (60) from a seed of its own, as many at once as there are processors.
set -euo pipefail
cd "$(dirname "$0")/.."

export WORKCEPTOR_FUZZ_SECONDS=${FUZZ_SECONDS:-60}
[[ $WORKCEPTOR_FUZZ_SECONDS =~ ^[0-9]+$ ]] || {
    echo "fuzz: FUZZ_SECONDS is a whole number of seconds, not '$WORKCEPTOR_FUZZ_SECONDS'" >&2
    exit 64
}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# A fuzz test is one that runs bodies by Fuzz.run: each is a process of its own, so that they share no processor.
# shellcheck disable=SC2016
mapfile -t tests < <(swift test list --skip-build --disable-xctest | grep -E '^(FuzzTests\.|NetceptorTests\.`Made-up bytes`)' |
    sed 's/()$//')
[[ ${#tests[@]} -gt 0 ]] || {
    echo 'fuzz: no fuzz tests found' >&2
    exit 1
}
echo "fuzz: ${#tests[@]} tests of $WORKCEPTOR_FUZZ_SECONDS s, $(nproc) at once"

run() {
    local log=$logs/${1//[^A-Za-z0-9.]/_}
    # To swift test the name is a regular expression.
    if swift test --skip-build --disable-xctest --filter "^${1//[^A-Za-z0-9_\/ ]/.?}" > "$log" 2>&1; then
        grep -hE 'inputs from seed' "$log" || echo "$1: passed"
    else
        cat "$log"
        return 1
    fi
}
export -f run
export logs
# shellcheck disable=SC2016
printf '%s\0' "${tests[@]}" | xargs -0 -P "$(nproc)" -I {} bash -c 'run "$1"' fuzz {}
