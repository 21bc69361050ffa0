#!/usr/bin/env bash
# Installs what `make build` built, or removes it: install.sh install|uninstall, with DESTDIR, PREFIX and SYSCONFDIR
# from the environment.
set -euo pipefail
cd "$(dirname "$0")/.."

release=.build/release
prefix=${PREFIX:-/usr/local}
sysconfdir=${SYSCONFDIR:-/etc}
root=${DESTDIR:-}
bin=$prefix/bin
libexec=$prefix/libexec/workceptor
share=$prefix/share/workceptor
unit=$prefix/lib/systemd/system/workceptor.service
bash_completion=$prefix/share/bash-completion/completions/workceptorctl
zsh_completion=$prefix/share/zsh/site-functions/_workceptorctl
fish_completion=$prefix/share/fish/vendor_completions.d/workceptorctl.fish
configuration=$sysconfdir/workceptor/workceptor.yml

die() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

# Copies a file with the places of this installation written into it.
fill_in() {
    local source=$1 target=$root$2
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@SYSCONFDIR@|$sysconfdir|g" "$source" | install -D -m 0644 /dev/stdin "$target"
    echo "$target"
}

completion() {
    local shell=$1 target=$root$2 script
    script=$("$release/workceptorctl" completions "$shell") || die "workceptorctl completions $shell failed"
    install -D -m 0644 /dev/stdin "$target" <<< "$script"
    echo "$target"
}

binary() {
    local target=$root$2/$1
    # Symbols are left out, which halves the daemon; the binaries in .build keep theirs for debuggers.
    install -D -s -m 0755 "$release/$1" "$target"
    echo "$target"
}

install_all() {
    local name file
    for name in workceptor workceptorctl workceptor-runner; do
        [[ -x $release/$name ]] || die "$release/$name is not there: run 'make build' first"
    done
    binary workceptor "$bin"
    binary workceptorctl "$bin"
    binary workceptor-runner "$libexec"
    completion bash "$bash_completion"
    completion zsh "$zsh_completion"
    completion fish "$fish_completion"
    # The configuration names this folder, so it must be there.
    install -d "$root$share/plugins.d"
    for file in plugins.d/*.yml; do
        [[ -e $file ]] || continue
        install -D -m 0644 "$file" "$root$share/$file"
        echo "$root$share/$file"
    done
    for file in examples/*.yml; do
        install -D -m 0644 "$file" "$root$share/$file"
        echo "$root$share/$file"
    done
    fill_in packaging/systemd/workceptor.service.in "$unit"
    # A configuration that is there is somebody's work.
    if [[ -e $root$configuration ]]; then
        echo "$root$configuration (kept as it is)"
    else
        fill_in packaging/workceptor.yml.in "$configuration"
        chmod 0640 "$root$configuration"
    fi
}

uninstall_all() {
    rm -f "$root$bin/workceptor" "$root$bin/workceptorctl" "$root$unit" \
        "$root$bash_completion" "$root$zsh_completion" "$root$fish_completion"
    rm -rf "${root:?}$libexec" "${root:?}$share"
    [[ ! -e $root$configuration ]] || echo "install: $root$configuration is left: remove it by hand"
}

[[ $prefix == /* && $sysconfdir == /* ]] || die "PREFIX and SYSCONFDIR must be absolute paths"
case ${1:-} in
install) install_all ;;
uninstall) uninstall_all ;;
*) die "usage: install.sh install|uninstall" ;;
esac
