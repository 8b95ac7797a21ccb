#!/usr/bin/env bash
# What some tests need and PyPI does not have: Chromium, its driver, a font with Chinese in it, a directory server, a mailbox.
# Silent when they are there. With CI=true their absence is a failure; elsewhere those tests are skipped and say so.
set -euo pipefail

missing() {
  command -v chromium >/dev/null || echo chromium
  command -v chromedriver >/dev/null || echo chromium-driver
  [ -x /usr/sbin/slapd ] || echo slapd  # a directory to sign in by
  [ -x /usr/sbin/dovecot ] || echo dovecot-imapd  # a mailbox for the desk
  command -v calcurse >/dev/null || echo calcurse  # a calendar program opens our feeds
  if ! command -v fc-list >/dev/null; then echo fontconfig fonts-noto-cjk
  elif [ -z "$(fc-list 'Noto Serif CJK SC')" ]; then echo fonts-noto-cjk; fi  # tests print papers with it
}

packages=$(missing | tr '\n' ' ')
[ -z "$packages" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing for the browser tests: $packages"
  # shellcheck disable=SC2086  a list of package names
  # RUNLEVEL=1: a server that is installed for tests is not started by that.
  { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null; } || true
  packages=$(missing | tr '\n' ' ')
  [ -z "$packages" ] && exit 0
fi

echo "The browser tests need packages that are not here: $packages" >&2
echo "To mend it, as root on Debian: apt-get install $packages" >&2
[ "${CI:-}" = true ] && exit 1
echo "Without them those tests are skipped." >&2
