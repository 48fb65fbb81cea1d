#!/bin/sh
# Installs the Debian packages that anchord is built and tried with, if any is missing.
# Says so first; asks for root only then. Does nothing when all are there.
set -eu

packages="libmosquitto-dev libopenblas-dev libsqlite3-dev libsimdjson-dev libssl-dev zlib1g-dev pkg-config mosquitto mosquitto-clients curl"

if ! command -v swift >/dev/null 2>&1; then
    echo "anchord needs Swift 6.2 or newer, and there is no \`swift\` in the PATH." >&2
    echo "Install a toolchain from https://www.swift.org/install/linux/ and try again." >&2
    exit 1
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is no Debian: cannot tell which libraries are installed." >&2
    echo "Install what your system has in place of: $packages" >&2
    echo "Then \`swift build\` and \`swift test\` work without this script." >&2
    exit 1
fi

missing=
for package in $packages; do
    # Newer Debians call it pkgconf; the command is what counts.
    if [ "$package" = pkg-config ] && command -v pkg-config >/dev/null 2>&1; then continue; fi
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Missing Debian packages:$missing"
if [ "$(id -u)" -eq 0 ]; then
    root=
elif command -v sudo >/dev/null 2>&1; then
    root=sudo
    echo "They are installed now, with sudo."
else
    echo "Install them as root:  apt-get install$missing" >&2
    exit 1
fi
$root apt-get update
# shellcheck disable=SC2086  # Words are meant to be split.
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
