#!/usr/bin/env bash
# Every check that reads and changes nothing. All of them run, and then it says which found something.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export DJANGO_SETTINGS_MODULE=lvyue.project.settings
failed=()

check() {
  local name=$1
  shift
  local output
  if output=$("$@" 2>&1); then
    echo "  ok      $name"
  else
    echo "  FOUND   $name"
    printf '%s\n' "$output" | sed 's/^/          /'
    failed+=("$name")
  fi
}

# Files that git knows or would take: not the neighbour's scratch, not what is ignored.
files() { git ls-files -z --cached --others --exclude-standard -- "$@" | while IFS= read -r -d '' f; do [ -f "$f" ] && printf '%s\0' "$f"; done; }

upgrade() { files '*.py' | xargs -0 -r django-upgrade --target-version 5.2 --check; }
templates() { files 'src/**/*.html' | xargs -0 -r djlint --lint --quiet; }
spelling() { files '*.md' '*.py' '*.toml' '*.sh' '*.yaml' '*.html' '*.css' '*.js' Makefile | xargs -0 -r codespell; }
deployed() {
  LVYUE_HTTPS=yes LVYUE_ALLOWED_HOSTS=lvyue.example python -m django check --deploy --fail-level WARNING
}
fragments() { python tools/fragments.py; }

check "ruff check" ruff check --quiet
check "ruff format" ruff format --check --quiet
check "mypy" mypy
check "imports" lint-imports --no-logo
check "django-upgrade" upgrade
check "djlint" templates
check "codespell" spelling
check "manage check" deployed
check "migrations" python -m django makemigrations --check --dry-run
check "changelog fragments" fragments

[ ${#failed[@]} = 0 ] && exit 0
echo "Found something: ${failed[*]}. \`make fix\` mends what a machine can." >&2
exit 1
