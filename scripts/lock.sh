#!/bin/sh
# Recompile requirements/*.txt from pyproject.toml: pinned, hashed, for every Python from 3.11 on.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}
compile() { # OUTPUT ARGUMENTS...
    out=$1; shift
    "$uv" pip compile -q --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
        --no-header --no-annotate "$@" -o "$out"
}
compile requirements/run.txt pyproject.toml --group build
compile requirements/dev.txt pyproject.toml --group build --group dev
compile requirements/fallback.txt pyproject.toml --group build --extra fallback
