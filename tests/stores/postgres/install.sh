#!/bin/sh
# Fetches the PostgreSQL server that the tests of the store in it start, where it may; no server of the system is started.
# For root, and where CI is set, whose skipped tests nobody reads, to go without one is a failure. $1: where servers are.
set -eu
for program in "${1:-/usr/lib/postgresql}"/*/bin/initdb $(command -v initdb || true); do
  if [ -x "$program" ]; then
    exit 0
  fi
done
if [ "$(id -u)" != 0 ] && [ -z "${CI:-}" ]; then
  echo "the tests of the store in PostgreSQL are skipped: there is no server, and only root may fetch one"
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "the tests of the store in PostgreSQL need a server, and only root may fetch one, by apt-get"
  exit 1
fi
refusal=/usr/sbin/policy-rc.d
if [ ! -e "$refusal" ]; then
  trap 'rm -f "$refusal"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$refusal"
  chmod +x "$refusal"
fi
if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql; }; then
  echo "the tests of the store in PostgreSQL need a server, and apt-get could not install it (postgresql): see above"
  exit 1
fi
