#!/usr/bin/env bash
# Writes the documentation of the modules named as arguments into .build-docs, one folder a module, with the
# toolchain's own docc: no package depends on a plugin for it.
set -euo pipefail
cd "$(dirname "$0")/.."

output=$PWD/.build-docs
docc=$(dirname "$(command -v swift)")/docc
[[ -x $docc ]] || {
    echo "docs: no docc beside $(command -v swift): use a complete Swift toolchain" >&2
    exit 1
}

swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members > /dev/null
graphs=$(find .build/ -type d -name symbolgraph | head -n 1)
rm -rf "$output"
mkdir -p "$output"

for module in "$@"; do
    module_graphs=$(mktemp -d)
    cp "$graphs/$module".symbols.json "$module_graphs"/
    find "$graphs" -name "$module@*.symbols.json" -exec cp {} "$module_graphs" \;
    catalog=$(find Sources -type d -name "$module.docc" -print -quit)
    # ${catalog:+…}: without articles of its own a module is documented from its comments alone.
    "$docc" convert ${catalog:+"$catalog"} \
        --additional-symbol-graph-dir "$module_graphs" \
        --fallback-display-name "$module" \
        --fallback-bundle-identifier "workceptor.$module" \
        --transform-for-static-hosting \
        --hosting-base-path "$module" \
        --output-path "$output/$module"
    rm -rf "$module_graphs"
    echo "docs: $module is in .build-docs/$module"
done
echo "docs: to read them, run: python3 -m http.server -d .build-docs"
echo "docs: and open http://localhost:8000/$1/documentation/${1,,}/"
