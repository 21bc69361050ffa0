#!/usr/bin/env bash
# Installs what a build needs and this machine lacks, one line an action; does nothing, and says nothing, where all is
# there. As root or with sudo the packages are installed; otherwise they are unpacked into .build-sysroot, which needs
# no rights at all. Arguments name packages that are wanted besides: `setup.sh shellcheck`.
set -euo pipefail
cd "$(dirname "$0")/.."

sysroot=$PWD/.build-sysroot
required_swift=6.2

say() { printf 'setup: %s\n' "$*"; }
die() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

check_swift() {
    command -v swift > /dev/null ||
        die "swift is not on PATH: install Swift $required_swift or later (https://www.swift.org/install/linux/)" \
            "and put its usr/bin on PATH"
    local version
    version=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [[ -n $version ]] || die "'swift --version' says nothing of a version: the toolchain is damaged"
    [[ $(printf '%s\n' "$required_swift" "$version" | sort -V | head -n 1) == "$required_swift" ]] ||
        die "Swift $version is too old: install $required_swift or later (https://www.swift.org/install/linux/)"
}

# What is checked is what the build uses, not the name of a package: other ways to install it are as good.
have_pkg_config() { command -v pkg-config > /dev/null; }
have_openssl() { have_pkg_config && pkg-config --atleast-version=3.0 openssl 2> /dev/null; }
have_yaml() { have_pkg_config && pkg-config --exists yaml-0.1 2> /dev/null; }
have_quic() { have_pkg_config && pkg-config --exists libngtcp2_crypto_gnutls libngtcp2 gnutls 2> /dev/null; }
have_shellcheck() { command -v shellcheck > /dev/null; }
have_venv() { python3 -c 'import ensurepip, venv' 2> /dev/null; }

missing_packages() {
    have_pkg_config || echo pkg-config
    have_openssl || echo libssl-dev
    have_yaml || echo libyaml-dev
    have_quic || echo libngtcp2-dev libngtcp2-crypto-gnutls-dev libgnutls28-dev | tr ' ' '\n'
    have_venv || echo python3-venv
    [[ " $* " != *' shellcheck '* ]] || have_shellcheck || echo shellcheck
}

# A container image has no package lists, an old machine stale ones: both show as a failure to find or fetch.
apt_install() {
    local -a as_root=("$@") install=()
    install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends)
    local log
    log=$(mktemp)
    if ! "${install[@]}" "${missing[@]}" > "$log" 2>&1 < /dev/null; then
        say "updating the package lists"
        "${as_root[@]}" apt-get update -q > "$log" 2>&1 < /dev/null || true
        "${install[@]}" "${missing[@]}" > "$log" 2>&1 < /dev/null || {
            cat "$log" >&2
            rm -f "$log"
            die "apt-get could not install ${missing[*]}"
        }
    fi
    rm -f "$log"
}

# Package lists of our own where the system has none: they need no rights.
apt_options=()
find_package_lists() {
    ! apt-get --print-uris download -q libyaml-dev > /dev/null 2>&1 || return 0
    say "fetching package lists into .build-sysroot"
    mkdir -p "$sysroot/apt/lists/partial" "$sysroot/apt/cache/archives/partial"
    apt_options=(-o "Dir::State::Lists=$sysroot/apt/lists" -o "Dir::Cache=$sysroot/apt/cache")
    apt-get "${apt_options[@]}" update -q > "$sysroot/apt/log" 2>&1 < /dev/null || {
        cat "$sysroot/apt/log" >&2
        die "apt-get could not fetch its package lists"
    }
}

# A package, and what else must be unpacked for it to work: nothing resolves dependencies here.
with_libraries() {
    echo "$1"
    case $1 in
    libssl-dev) package_names '^libssl3(t64)?$' ;;
    libyaml-dev) package_names '^libyaml-0-2$' ;;
    libngtcp2-dev) package_names '^libngtcp2-[0-9]+$' ;;
    libngtcp2-crypto-gnutls-dev) package_names '^libngtcp2-crypto-gnutls[0-9]+$' ;;
    # Its pkg-config file names what it is linked with, down to the last.
    libgnutls28-dev)
        package_names '^(libgnutls30(t64)?|nettle-dev|libnettle8(t64)?|libhogweed6(t64)?|libgmp-dev|libgmp10)$'
        package_names '^(libgmpxx4ldbl|libp11-kit-dev|libp11-kit0|libtasn1-6-dev|libtasn1-6|libidn2-dev)$'
        package_names '^(libidn2-0|libunistring-dev|libunistring[25]|libffi[78]|zlib1g-dev|zlib1g)$'
        ;;
    pkg-config) package_names '^(pkgconf|pkgconf-bin|libpkgconf[0-9]+)$' ;;
    esac
}

package_names() { apt-cache "${apt_options[@]}" search --names-only "$1" | cut -d ' ' -f 1; }

unpack_packages() {
    local -a wanted=()
    local package file multiarch log=$sysroot/packages/log
    # What an attempt that failed left behind; what one that succeeded did is added to.
    [[ -f $sysroot/env ]] || rm -rf "$sysroot"
    mkdir -p "$sysroot/packages"
    find_package_lists
    for package in "${missing[@]}"; do
        if [[ $package == python3-venv ]]; then
            # Python looks for it in its own folders only; nothing but tests of interoperability uses it.
            say "python3-venv is missing and needs root rights: tests that need it are skipped"
        else
            mapfile -t -O "${#wanted[@]}" wanted < <(with_libraries "$package")
        fi
    done
    [[ ${#wanted[@]} -gt 0 ]] || return 0
    say "no root rights: unpacking ${wanted[*]} into .build-sysroot"
    (cd "$sysroot/packages" && apt-get "${apt_options[@]}" download -q "${wanted[@]}") > "$log" 2>&1 < /dev/null || {
        cat "$log" >&2
        die "apt-get could not download ${wanted[*]}"
    }
    for file in "$sysroot"/packages/*.deb; do
        dpkg-deb -x "$file" "$sysroot"
    done
    rm -rf "$sysroot/packages" "$sysroot/apt"
    multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2> /dev/null || echo "$(uname -m)-linux-gnu")
    # The compiler looks for headers that differ by machine in a folder of the system's, not in that of a sysroot.
    for file in "$sysroot/usr/lib/$multiarch/pkgconfig"/*.pc; do
        [[ -e $file ]] || continue
        sed -i -e "s|^prefix=.*|prefix=$sysroot/usr|" -e "s|^\(Cflags:.*\)|\1 -I$sysroot/usr/include/$multiarch|" "$file"
    done
    cat > "$sysroot/env" << END
export PKG_CONFIG_PATH=$sysroot/usr/lib/$multiarch/pkgconfig:\${PKG_CONFIG_PATH:-}
export LD_LIBRARY_PATH=$sysroot/usr/lib/$multiarch:\${LD_LIBRARY_PATH:-}
export PATH=\$PATH:$sysroot/usr/bin
END
}

check_swift
if [[ -f $sysroot/env ]]; then
    # shellcheck source=/dev/null
    . "$sysroot/env"
fi
mapfile -t missing < <(missing_packages "$@")
[[ ${#missing[@]} -gt 0 ]] || exit 0
command -v apt-get > /dev/null ||
    die "please install what Debian calls ${missing[*]}: there is no apt-get here to do it"
if [[ $EUID -eq 0 ]]; then
    say "installing ${missing[*]}"
    apt_install
elif command -v sudo > /dev/null && { sudo -n true 2> /dev/null || [[ -t 0 && -t 2 ]]; }; then
    say "installing ${missing[*]} with sudo"
    apt_install sudo
else
    unpack_packages
fi
