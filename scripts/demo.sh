#!/usr/bin/env bash
# Shows a node at work: starts a daemon with the manual's foo.yml in a folder of its own and gives it real work. Every
# command is printed before it runs; the daemon and the folder are gone when the script ends.
set -euo pipefail

repository=$(cd "$(dirname "$0")/.." && pwd)
binaries=${WORKCEPTOR_BINARIES:-$repository/.build/release}
workceptor=$binaries/workceptor
workceptorctl=$binaries/workceptorctl

folder=$(mktemp -d "${TMPDIR:-/tmp}/workceptor-demo.XXXXXX")
socket=$folder/foo.sock
daemon=

finish() {
    local status=$?
    trap - EXIT
    if [[ -n $daemon ]]; then
        heading 'Stop the daemon'
        # Work that is still running would outlive the daemon, as it should anywhere but here.
        "$workceptorctl" --socket "$socket" work release --all > /dev/null 2>&1 || true
        stop_daemon
    fi
    if [[ $status -ne 0 && -s $folder/daemon.log ]]; then
        printf '\nThe demo failed; the end of the log of the daemon:\n' >&2
        tail -n 20 "$folder/daemon.log" >&2
    fi
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Asks the daemon to end, and makes it if it does not within five seconds.
stop_daemon() {
    local step
    kill "$daemon" 2> /dev/null || true
    for ((step = 0; step < 50; step++)); do
        kill -0 "$daemon" 2> /dev/null || break
        sleep 0.1
    done
    kill -KILL "$daemon" 2> /dev/null || true
    wait "$daemon" 2> /dev/null || true
}

heading() { printf '\n# %s\n' "$*"; }

# Prints a command as a person would type it, then runs it.
run() {
    printf '$ %s\n' "$(typed "$@")"
    "$@"
}

# The same for the client, whose path and socket are long and always the same.
ctl() {
    printf '$ %s\n' "$(typed workceptorctl --socket "$socket" "$@")"
    "$workceptorctl" --socket "$socket" "$@"
}

typed() {
    local word
    local -a words=()
    for word in "$@"; do
        if [[ $word =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]]; then words+=("$word"); else words+=("'$word'"); fi
    done
    printf '%s' "${words[*]}"
}

# Submits work with the given arguments and leaves its ID in $unit.
submit() {
    local output
    printf '$ %s\n' "$(typed workceptorctl --socket "$socket" work submit "$@")"
    output=$("$workceptorctl" --socket "$socket" work submit "$@")
    printf '%s\n' "$output"
    unit=$(sed -n 's/^Unit ID: //p' <<< "$output")
    [[ -n $unit ]] || {
        echo 'demo: submit printed no unit ID' >&2
        exit 1
    }
}

# A port that nothing listens on, so that the demo runs beside a node of the manual's own.
free_port() {
    local port
    while :; do
        port=$((RANDOM % 20000 + 20000))
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
    done
    echo "$port"
}

start_daemon() {
    local configuration=$folder/foo.yml step
    sed -e "s|^  id: foo|&\n  datadir: $folder/data|" -e "s|/tmp/foo.sock|$socket|" \
        -e "s|port: 2222|port: $(free_port)|" -e '/^ *#/d' "$repository/examples/foo.yml" > "$configuration"
    run cat "$configuration"
    printf '$ %s &\n' "$(typed workceptor --config "$configuration")"
    "$workceptor" --config "$configuration" 2> "$folder/daemon.log" < /dev/null &
    daemon=$!
    for ((step = 0; step < 100; step++)); do
        [[ ! -S $socket ]] || return 0
        kill -0 "$daemon" 2> /dev/null || break
        sleep 0.1
    done
    echo 'demo: the daemon did not open its control socket' >&2
    exit 1
}

for program in "$workceptor" "$workceptorctl"; do
    [[ -x $program ]] || {
        echo "demo: $program is not there: run 'make build' first" >&2
        exit 1
    }
done

heading 'A node named foo'
start_daemon

heading 'Work that counts to five, one number a second: -f follows it while it runs'
ctl work submit echoint --no-payload -f

heading 'Work with a payload'
payload='hi\ni am foo\nwhat is your name'
printf "\$ echo -e '%s' | " "$payload"
typed workceptorctl --socket "$socket" work submit upper --payload - -f
echo
echo -e "$payload" | "$workceptorctl" --socket "$socket" work submit upper --payload - -f

heading 'Work with parameters of its own'
ctl work submit listcontents --no-payload -f "$repository/examples" /etc/hostname
ctl work submit listcontents --no-payload -f --param params=--all "$repository/examples"

heading 'Work that would take an hour: submit, look, cancel'
submit longrun --no-payload
ctl work list --unit_id "$unit"
ctl work cancel "$unit"
ctl work list --unit_id "$unit"

heading 'Work in the background: its results later, its files, its release'
submit upper --payload-literal 'the results are kept until they are released'
ctl work results "$unit"
run find "$folder/data/foo/$unit" -type f
run cat "$folder/data/foo/$unit/status"
ctl work release "$unit"

heading 'Everything that ran here'
ctl work list
