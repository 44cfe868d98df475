#!/bin/sh
# Recompile requirements/*.txt from pyproject.toml: pinned, hashed, for every Python from 3.11 on.
# What is locked stays as it is unless pyproject.toml forbids it; ARGS=--upgrade takes the newest.
set -eu
cd "$(dirname "$0")/.."
if ! uv=$(command -v "${UV:-uv}"); then # no uv here: borrow one
    borrowed=$(mktemp -d)
    trap 'rm -rf "$borrowed"' EXIT
    "$(sh scripts/find-python.sh)" -m venv "$borrowed"
    "$borrowed/bin/python" -m pip install --quiet --disable-pip-version-check uv
    uv=$borrowed/bin/uv
fi
compile() { # OUTPUT ARGUMENTS...
    out=$1; shift
    "$uv" pip compile -q --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
        --no-header --no-annotate "$@" -o "$out"
}
compile requirements/run.txt pyproject.toml --group build "$@"
compile requirements/dev.txt pyproject.toml --group build --group dev "$@"
compile requirements/fallback.txt pyproject.toml --group build --extra fallback "$@"
