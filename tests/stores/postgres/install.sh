#!/bin/sh
# Fetches the PostgreSQL server that the tests of the store in it start, where it may; no server of the system is started.
set -eu
for program in /usr/lib/postgresql/*/bin/initdb $(command -v initdb || true); do
  if [ -x "$program" ]; then
    exit 0
  fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "the tests of the store in PostgreSQL are skipped: there is no server, and only root may fetch one by apt-get"
  exit 0
fi
refusal=/usr/sbin/policy-rc.d
if [ ! -e "$refusal" ]; then
  trap 'rm -f "$refusal"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$refusal"
  chmod +x "$refusal"
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql
