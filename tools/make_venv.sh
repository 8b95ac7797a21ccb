#!/usr/bin/env bash
# Makes .venv with the Python that is named, or says what is missing and how to mend it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

if ! command -v "$python" >/dev/null; then
  echo "There is no $python here. Install Python 3.11 or later (Debian: apt-get install python3 python3-venv)." >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "$("$python" --version) is too old: Lvyue needs 3.11 or later. Name another: make install PYTHON=python3.12" >&2
  exit 1
fi
[ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && exit 0

# Debian keeps venv's pip in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing python3-venv, without which Debian's Python makes no virtual environment."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null || true
  fi
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python cannot make a virtual environment. As root: apt-get install python3-venv" >&2
    exit 1
  fi
fi
"$python" -m venv --clear .venv
