#!/bin/sh
# Fetches the browsers that the tests drive, where it may; a word says which are missing, and that the tests need them.
set -eu
missing=
for programs in 'chromium chromium-browser google-chrome' 'firefox-esr firefox'; do
  for program in $programs; do
    if command -v "$program" > /dev/null; then
      continue 2
    fi
  done
  missing="$missing ${programs%% *}"
done
if [ -z "$missing" ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "the tests need browsers: as root, apt-get install$missing; then try again"
  exit 1
fi
if ! command -v apt-get > /dev/null; then
  echo "the tests need browsers, and there is no apt-get here to fetch them:$missing"
  exit 1
fi
apt-get update -qq
# shellcheck disable=SC2086 # each word is a package
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
