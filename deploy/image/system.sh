#!/bin/sh
# Puts on plain Debian 12 what the server needs, except .NET and runsc.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends ca-certificates curl libssl3 libstdc++6 mmdebstrap tini zlib1g zstd
rm -rf /var/lib/apt/lists/*
# Of whoever a gateway alone runs as.
groupadd --gid 10001 sandbox
useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sandbox
install -d -m 0700 /var/lib/sandbox
