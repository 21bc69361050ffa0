#!/usr/bin/env bash
# Builds the tests and the daemon with a sanitizer, in a folder of their own, and runs the tests:
# sanitize.sh thread|address [options of swift test]. Takes ten minutes and more.
#
# The runner stays as it is: it is a static executable of a few system calls and one thread, which no sanitizer can be
# linked into. What a process of the tests reports goes to a file each, and all of them are printed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizer=${1:-}
shift || true
case $sanitizer in
thread) scratch=.build-tsan ;;
address) scratch=.build-asan ;;
*)
    echo 'usage: sanitize.sh thread|address [options of swift test]' >&2
    exit 64
    ;;
esac
build=(--explicit-target-dependency-import-check error ${JOBS:+-j "$JOBS"})

swift build "${build[@]}" --product workceptor-runner
WORKCEPTOR_SANITIZED=1 swift build "${build[@]}" --build-tests --sanitize="$sanitizer" --scratch-path "$scratch"
cp -f .build/debug/workceptor-runner "$scratch/debug/workceptor-runner"

reports=$PWD/$scratch/reports
rm -rf "$reports"
mkdir -p "$reports"
# second_deadlock_stack: an order of locks is a finding only with both places.
export TSAN_OPTIONS="halt_on_error=0 second_deadlock_stack=1 log_path=$reports/report"
# No search for leaks: the Swift runtime keeps its metadata, and a process that a test kills has no end to look at. What
# was freed is kept from use for a while, but not so much of it that growth cannot be seen.
export ASAN_OPTIONS="detect_leaks=0 halt_on_error=1 quarantine_size_mb=16 log_path=$reports/report"
loaded=()
if [[ $sanitizer == thread ]]; then
    TSAN_OPTIONS+=" suppressions=$PWD/scripts/tsan-suppressions.txt"
    clang -O1 -fPIC -shared -o "$scratch/tsan-mutex.so" scripts/tsan-mutex.c
    loaded=("LD_PRELOAD=$PWD/$scratch/tsan-mutex.so")
fi
run() {
    env WORKCEPTOR_SANITIZED=1 "${loaded[@]}" swift test --skip-build --disable-xctest --sanitize="$sanitizer" \
        --scratch-path "$scratch" --skip '^ReadmeTests\.' "$@"
}
# The README's plugin is built by an ordinary build of its own. As with `make test`, those that keep the machine busy with
# daemons come after the others.
status=0
if [[ $# -gt 0 ]]; then
    run "$@" || status=$?
else
    run --skip '^EndToEndTests\.' --no-parallel || status=$?
    run --filter '^EndToEndTests\.' || status=$?
fi

shopt -s nullglob
found=("$reports"/*)
for file in "${found[@]}"; do cat "$file"; done
[[ ${#found[@]} -eq 0 ]] || {
    echo "sanitize: ${#found[@]} processes have something to report: see above, or $scratch/reports" >&2
    exit 1
}
exit "$status"
