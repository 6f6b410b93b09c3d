#!/bin/sh
# Fetches the browsers that the tests drive, where it may; a word says which are missing, and that the tests need them.
# Of Chromium the headless shell is wanted, the same browser without windows, in which a page takes half as much time of a
# processor; the one with windows does where that cannot be had.
set -eu
SHELL_OF_CHROMIUM=chromium-headless-shell
has() {
  for program in "$@"; do
    if command -v "$program" > /dev/null; then
      return 0
    fi
  done
  return 1
}
may_install() {
  [ "$(id -u)" = 0 ] && has apt-get
}
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

if ! has "$SHELL_OF_CHROMIUM" && may_install; then
  (apt-get update -qq && install "$SHELL_OF_CHROMIUM") || echo "no $SHELL_OF_CHROMIUM here: the tests take longer"
fi
missing=
has "$SHELL_OF_CHROMIUM" chromium chromium-browser google-chrome || missing=chromium
has firefox-esr firefox || missing="$missing firefox-esr"
if [ -z "$missing" ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "the tests need browsers: as root, apt-get install $missing; then try again"
  exit 1
fi
if ! has apt-get; then
  echo "the tests need browsers, and there is no apt-get here to fetch them: $missing"
  exit 1
fi
apt-get update -qq
# shellcheck disable=SC2086 # each word is a package
install $missing
