#!/bin/sh
# Makes .venv and installs what the given lock file pins, then this project itself.
set -eu
lock=$1

fail() {
    echo "searchsvc: $1" >&2
    exit 2
}

if [ ! -x .venv/bin/python ]; then
    python=
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail "Python 3.11 or newer is needed and was not found; install it, or name it: make run PYTHON=/path/to/python3"
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "Python's venv module is missing; install it (on Debian and Ubuntu: apt install python3-venv)"
    "$python" -m venv .venv || fail "the virtual environment .venv could not be made"
fi
echo "Installing what $lock pins into .venv ..." >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" ||
    fail "the packages could not be installed; is the package index reachable?"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e . ||
    fail "the project itself could not be installed"
