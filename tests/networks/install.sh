#!/bin/sh
# Fetches what tests/networks needs, where it may; a word says why it does not. coturn is not started on this machine.
set -eu
if [ "$(id -u)" != 0 ]; then
  echo "the tests of real networks are skipped: only root may make networks"
  exit 0
fi
if ! refusal=$(unshare --mount --net --pid --fork --mount-proc true 2>&1); then
  echo "the tests of real networks are skipped: this root may make none ($refusal)"
  exit 0
fi
if command -v ip && command -v nft && command -v turnserver; then
  exit 0
fi > /dev/null
if ! command -v apt-get > /dev/null; then
  echo "the tests of real networks need ip, nft and turnserver (coturn), and there is no apt-get here to fetch them"
  exit 1
fi
refusal=/usr/sbin/policy-rc.d
if [ ! -e "$refusal" ]; then
  trap 'rm -f "$refusal"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$refusal"
  chmod +x "$refusal"
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends iproute2 nftables coturn
