#!/usr/bin/env bash
# Adds a plugin to a copy of this repository exactly as the README tells, builds it, and runs a unit of it.
# The copy and its build stay in .build-readme, so that the next time only what changed is built.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
copy="$root/.build-readme/copy"
mkdir -p "$copy"
for item in Package.swift Sources plugins.d; do
    rm -rf "${copy:?}/$item"
    cp -a "$root/$item" "$copy/$item"
done
# The manifest names the tests' folders; they are not built here.
ln -sfn "$root/Tests" "$copy/Tests"
ln -sfn "$root/Benchmarks" "$copy/Benchmarks"

# Each code block of the section says in a comment before it which file it is, or where it goes.
python3 - "$root/README.md" "$copy" <<'PYTHON'
import pathlib, re, sys
readme, copy = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
section = readme.read_text().split("\n## Add a work type\n")[1].split("\n## ")[0]
pattern = r'<!-- (?:file|insert after "(?P<line>.*?)"): (?P<path>\S+) -->\n(?P<indent> *)```\w+\n(?P<code>.*?)\n *```'
steps = list(re.finditer(pattern, section, re.S))
assert len(steps) == 5, f"the README's section has {len(steps)} marked blocks"
for step in steps:
    indent = len(step["indent"])
    code = "\n".join(line[indent:] for line in step["code"].split("\n")) + "\n"
    path = copy / step["path"]
    if step["line"] is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
        continue
    text = path.read_text()
    assert text.count(step["line"] + "\n") == 1, f"{step['line']!r} is not once in {path}"
    path.write_text(text.replace(step["line"] + "\n", step["line"] + "\n" + code))
PYTHON

cd "$copy"
for product in workceptor workceptor-runner workceptorctl; do
    swift build --scratch-path "$root/.build-readme/build" --product "$product"
done

bin="$root/.build-readme/build/debug"
scratch=$(mktemp -d /tmp/readme.XXXXXX)
"$bin/workceptor" --node-id readme --socket "$scratch/s" --data-dir "$scratch/data" --plugins-dir plugins.d \
    --log-level info 2> "$scratch/log" &
daemon=$!
trap 'kill "$daemon"; wait "$daemon" || true; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
    if [ -S "$scratch/s" ]; then break; fi
    sleep 0.1
done
answer=$(printf 'one\ntwo\n' | "$bin/workceptorctl" --socket "$scratch/s" work submit backwards --payload - --follow)
if [ "$answer" != $'two\none' ]; then
    echo "the plugin answered: $answer"
    cat "$scratch/log"
    exit 1
fi
echo "the README's plugin answers as the README says"
