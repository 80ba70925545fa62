#!/bin/sh
# Builds the base template into the data directory, where the server finds it. Needs no privileges but root's.
set -eu
apt-get update
dotnet /app/Sandbox.Silo.dll template build base --data /var/lib/sandbox
rm -rf /var/lib/apt/lists/*
