#!/usr/bin/env bash
# Power cuts at random moments under load: `tests/guest/power-cut.sh [ROUNDS]` (20 if absent).
# Needs a Linux guest with an SD card whose power can be cut: HALLWARD_GUEST names the program that runs a command
# in it (`HALLWARD_GUEST -r -d IMAGE:DIR FOLDER COMMAND…`). Without it the test is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${HALLWARD_GUEST:-}" ]; then
  echo 'skipped: HALLWARD_GUEST names no guest; power cuts were not tried'
  exit 0
fi
rounds=${1:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
truncate -s 64M "$work/sd.img"
mkfs.ext4 -qF "$work/sd.img"
for round in $(seq 1 "$rounds"); do
  cut=$((RANDOM % 4000))
  echo "ROUND $round" >>"$work/log"
  "$HALLWARD_GUEST" -r -t 120 -d "$work/sd.img:/data" "$PWD" node tests/guest/power-cut.mjs /data/hallward "$cut" >>"$work/log" 2>>"$work/errors" || true
  printf 'round %s of %s: power cut after %s ms of load\n' "$round" "$rounds" "$cut"
done
echo 'ROUND last' >>"$work/log"
"$HALLWARD_GUEST" -r -t 120 -d "$work/sd.img:/data" "$PWD" node tests/guest/power-cut.mjs /data/hallward last >>"$work/log" 2>>"$work/errors" || {
  tail -20 "$work/log" "$work/errors"
  exit 1
}
node tests/guest/power-cut-check.mjs "$work/log" "$rounds"
