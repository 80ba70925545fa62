#!/bin/sh
# Installs a release of runsc, and only if it has the checksum that is published beside it.
# Usage: runsc.sh RELEASE [BASE]
set -eu
release=$1
base=${2:-https://storage.googleapis.com/gvisor/releases/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for file in runsc runsc.sha512; do
    curl --fail --silent --show-error --location --retry 3 --output "$file" "$base/$release/$(uname -m)/$file"
done
sha512sum --check --strict runsc.sha512
install -m 0755 runsc /usr/local/bin/runsc
