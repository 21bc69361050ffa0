#!/usr/bin/env bash
# Walks through the manual: starts its nodes foo and bar in a folder of their own and gives them real work. Every command
# is printed before it runs, and what it shows is checked; the daemons and the folder are gone when the script ends.
set -euo pipefail

repository=$(cd "$(dirname "$0")/.." && pwd)
binaries=${WORKCEPTOR_BINARIES:-$repository/.build/release}
for program in workceptor workceptorctl workceptor-runner; do
    [[ -x $binaries/$program ]] || {
        echo "demo: $binaries/$program is not there: run 'make build' first" >&2
        exit 1
    }
done
export PATH=$binaries:$PATH
# Variables that would lead the client elsewhere.
unset WORKCEPTORCTL_SOCKET RECEPTORCTL_SOCKET

folder=$(mktemp -d "${TMPDIR:-/tmp}/workceptor-demo.XXXXXX")
cd "$folder"
declare -A daemons=()

finish() {
    local status=$? node
    trap - EXIT
    heading 'Stop the daemons'
    if [[ $status -eq 0 ]]; then
        echo '$ kill %1 %2'
    else
        end_all_work > /dev/null 2>&1 || true
    fi
    for node in "${!daemons[@]}"; do stop "$node"; done
    if [[ $status -ne 0 ]]; then
        for node in foo bar; do
            [[ -s $node.log ]] || continue
            printf '\nThe demo failed; the end of the log of %s:\n' "$node" >&2
            tail -n 20 "$node.log" >&2
        done
    fi
    cd /
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Work outlives its daemon, as it should anywhere but here.
end_all_work() {
    local unit
    for unit in $(workceptorctl --socket foo.sock work list --node bar --quiet); do
        workceptorctl --socket foo.sock connect bar control <<< "work release $unit"
    done
    workceptorctl --socket foo.sock work release --all --force
}

heading() { printf '\n# %s\n' "$*"; }

fail() {
    echo "demo: $*" >&2
    exit 1
}

# Prints a command line, runs it and keeps what it shows.
run() {
    printf '\n$ %s\n' "$1"
    eval "$1" 2>&1 | tee shown
}

# The same for what must fail.
refused() { ! run "$1" || fail 'that should fail'; }

# Checks what the last command showed.
shows() {
    local pattern
    for pattern in "$@"; do grep -Eq -- "$pattern" shown || fail "that does not show: $pattern"; done
}
shows_exactly() { [[ $(< shown) == "$1" ]] || fail "that should be: $1"; }

# The unit that the last command submitted.
submitted() {
    shows '^Result: Job Started$'
    unit=$(sed -n 's/^Unit ID: //p' shown)
    [[ -n $unit ]] || fail 'that names no unit'
}

# A port that nothing listens on, so that the demo runs beside nodes of the manual's own.
free_port() {
    local port
    while :; do
        port=$((RANDOM % 20000 + 20000))
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
    done
    echo "$port"
}

# Waits, ten seconds at most, until a command succeeds.
wait_until() {
    local step
    for ((step = 0; step < 100; step++)); do
        ! "$@" > /dev/null 2>&1 || return 0
        sleep 0.1
    done
    fail "in vain: $*"
}

start() {
    local node=$1
    printf '\n$ workceptor --config %s.yml &\n' "$node"
    workceptor --config "$node.yml" 2>> "$node.log" < /dev/null &
    daemons[$node]=$!
}

# Bar when foo takes links, or it would warn that it cannot reach foo.
start_both() {
    start foo
    wait_until test -S foo.sock
    start bar
    wait_until reaches_bar
}

# Asks a daemon to end, and makes it if it does not within five seconds.
stop() {
    local pid=${daemons[$1]} step
    unset "daemons[$1]"
    kill "$pid" 2> /dev/null || true
    for ((step = 0; step < 50; step++)); do
        kill -0 "$pid" 2> /dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
}

reaches_bar() { workceptorctl --socket foo.sock ping bar --count 1; }

is_gone() { [[ ! -e $1 ]]; }

port=$(free_port)
for node in foo bar; do
    sed -e "s|^  id: .*|&\n  datadir: $folder/receptor|" -e "s|/tmp/foo.sock|$folder/foo.sock|" \
        -e "s|2222|$port|" -e '/^ *#/d' "$repository/examples/$node.yml" > "$node.yml"
done

heading 'The nodes foo and bar of the manual: bar links to foo, and only foo has a socket'
run 'cat foo.yml bar.yml'
start_both

heading 'The mesh'
run 'workceptorctl --socket foo.sock status'
shows '^Route +Via$' '^bar +bar$' '^bar +echoint, echopayload, listcontents$'
run 'workceptorctl --socket foo.sock ping bar --count 2 --delay 0.1'
shows '^Reply from bar in '
run 'workceptorctl --socket foo.sock traceroute bar'
shows '^0: foo in ' '^1: bar in '

heading 'Local work'
run 'workceptorctl --socket foo.sock work submit echoint --no-payload'
submitted
run "workceptorctl --socket foo.sock work results $unit"
shows_exactly "$(seq 5)"

heading 'Remote work: two units, a local one of type remote and that on bar, which counts to ten'
run 'workceptorctl --socket foo.sock work submit echoint --node bar --no-payload'
submitted
counting=$unit

heading 'Payload: bar answers each line in upper case and takes three seconds for it'
run 'echo -e "hi\ni am foo\nwhat is your name" |
    workceptorctl --socket foo.sock work submit echopayload --node bar --payload - -f'
shows_exactly $'HI\nI AM FOO\nWHAT IS YOUR NAME'
run "workceptorctl --socket foo.sock work results $counting"
shows_exactly "$(seq 10)"

heading 'Units on disk: that of foo has a copy of stdin and stdout of that of bar'
payload=$(grep -lx 'WHAT IS YOUR NAME' receptor/foo/*/stdout | cut -d / -f 3)
remote=$(workceptorctl --socket foo.sock work status "$payload" | sed -n 's/^Remote unit: *//p')
run "find receptor/foo/$payload receptor/bar/$remote -type f | sort"
run "cat receptor/bar/$remote/stdin"
shows_exactly $'hi\ni am foo\nwhat is your name'
run "cat receptor/bar/$remote/stdout"
run "cmp receptor/foo/$payload/stdin receptor/bar/$remote/stdin && cmp receptor/foo/$payload/stdout receptor/bar/$remote/stdout"
run "cat receptor/bar/$remote/status"
shows '"StdoutSize":30,"WorkType":"echopayload","ExtraData":null'
run "cat receptor/foo/$payload/status"
shows '"StdoutSize":30,"WorkType":"remote"' "\"RemoteUnitID\":\"$remote\""

heading 'Runtime parameters'
mkdir contents
touch contents/helloworld.sh contents/.profile
run "workceptorctl --socket foo.sock work submit --node bar --no-payload -f listcontents $folder/contents /etc/hostname"
shows '^/etc/hostname$' '^helloworld\.sh$'
run "workceptorctl --socket foo.sock work submit --node bar --no-payload -f --param params='--all' listcontents $folder/contents"
shows_exactly $'.\n..\n.profile\nhelloworld.sh'

heading 'Work list'
run 'workceptorctl --socket foo.sock work list'
shows "\"RemoteUnitID\": \"$remote\""

heading 'Cancel: both units end'
run 'workceptorctl --socket foo.sock work submit echoint --node bar --no-payload'
submitted
canceled=$unit
run "workceptorctl --socket foo.sock work cancel $unit"
shows "\($unit, cancelled\)"
run "workceptorctl --socket foo.sock work status $unit"
shows '^State: +Canceled$' '^Remote node: +bar$'
remote=$(sed -n 's/^Remote unit: *//p' shown)
run "workceptorctl --socket foo.sock work list --node bar --unit_id $remote"
shows '"StateName": "Canceled"'

heading 'Release: the files of both are deleted; while bar is down, the release is pending'
run "workceptorctl --socket foo.sock work release $canceled $payload"
shows "\($canceled, released\)" "\($payload, released\)"
for file in "receptor/foo/$canceled" "receptor/bar/$remote"; do is_gone "$file" || fail "$file is still there"; done
remote=$(workceptorctl --socket foo.sock work status "$counting" | sed -n 's/^Remote unit: *//p')
printf '\n$ kill %%2      # bar\n'
stop bar
run "workceptorctl --socket foo.sock work release $counting"
shows "\($counting, release pending\)"
run "ls -d receptor/foo/$counting receptor/bar/$remote"

heading 'Signed work: a pair of keys, the private one for foo, the public one for bar'
run 'openssl genrsa -out signworkprivate.pem 2048'
run 'openssl rsa -in signworkprivate.pem -pubout -out signworkpublic.pem'
cat >> foo.yml << YAML

work-signing:
  privatekey: $folder/signworkprivate.pem
  tokenexpiration: 30m
YAML
sed -i "s|^  - workType: echopayload|&\n    verifysignature: true|" bar.yml
cat >> bar.yml << YAML

work-verification:
  publickey: $folder/signworkpublic.pem
YAML
run 'tail -n 4 foo.yml'
run 'grep -A 4 echopayload bar.yml; tail -n 3 bar.yml'
printf '\n$ kill %%1      # foo, to start it again with its key\n'
stop foo
start_both
run 'echo "signed" | workceptorctl --socket foo.sock work submit echopayload --node bar --payload - -f --signwork'
shows_exactly SIGNED
refused 'echo "unsigned" | workceptorctl --socket foo.sock work submit echopayload --node bar --payload - -f'
shows 'signature'

heading 'bar is up again, and the release of before is done'
wait_until is_gone "receptor/foo/$counting"
wait_until is_gone "receptor/bar/$remote"
run 'workceptorctl --socket foo.sock work list --quiet'
! grep -q "$counting" shown || fail "the unit $counting is still there"

heading 'No unit is left when all are released'
run 'workceptorctl --socket foo.sock work release --all'
run 'ls receptor/foo receptor/bar'
shows_exactly $'receptor/bar:\n\nreceptor/foo:'
for node in foo bar; do
    ! grep -E '^[^ ]+ (warning|error|critical) ' "$node.log" || fail "$node complains"
done
