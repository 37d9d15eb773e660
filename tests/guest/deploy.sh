#!/usr/bin/env bash
# The files of deploy/ on a real system: udev's rules give names and rights; the unit starts the program under systemd
# with all that it needs and nothing else. Called with the folder of the checkout, as root, in a guest with udev, systemd
# and a USB printer whose plug can be pulled (`simhw usb printer unplug`):
#
#     npm run build
#     $HALLWARD_GUEST -m 768 -s HWBED_USB_PRINTER=1  .  bash tests/guest/deploy.sh
#
# Everything that it changes (users, /etc) is the guest's own. Exit code 0: all held.
set -uo pipefail
cd "$(dirname "$0")/../.."
# systemd's tools do nothing in a changed root folder, which a guest may be, unless they are told to.
export SYSTEMD_IGNORE_CHROOT=1
failed=0
check() {
  if [ "$2" = "$3" ]; then echo "ok   $1: $2"; else
    echo "FAIL $1: $2, expected $3"
    failed=$((failed + 1))
  fi
}
until_true() {
  for _ in $(seq 1 "$1"); do
    eval "$2" && return 0
    sleep 0.2
  done
  return 1
}
leads_to() { readlink -f "$1" 2>/dev/null || true; }
owner() { stat -c '%G %a' "$1" 2>/dev/null || echo none; }

groupadd -f --system gpio
groupadd -f --system i2c
id hallward >/dev/null 2>&1 || useradd --system --user-group --home-dir /var/lib/hallward --shell /usr/sbin/nologin hallward

# --- udev ---
cp deploy/99-hallward.rules /etc/udev/rules.d/
# The examples, as somebody would fill them in.
cat >>/etc/udev/rules.d/99-hallward.rules <<'RULES'
SUBSYSTEM=="tty", ENV{ID_BUS}=="usb", ENV{ID_SERIAL_SHORT}=="HWBED0001", SYMLINK+="hallward/keys-5"
SUBSYSTEM=="usbmisc", KERNEL=="lp[0-9]*", ENV{ID_PATH}=="platform-dummy_hcd.2-usb-0:1:1.0", SYMLINK+="hallward/tickets"
RULES
udevadm control --reload
udevadm trigger
udevadm settle
check 'a serial adapter by its number' "$(leads_to /dev/hallward/keys-5)" "$(leads_to /dev/serial/by-id/*HWBED0001*)"
check 'a printer by its socket' "$(leads_to /dev/hallward/tickets)" /dev/usb/lp0
check 'every printer by its socket' "$(leads_to /dev/hallward/printer-at-platform-dummy_hcd.2-usb-0:1:1.0)" /dev/usb/lp0
check 'rights of the printer' "$(owner /dev/usb/lp0)" 'lp 660'
check 'rights of I2C' "$(owner /dev/i2c-1)" 'i2c 660'
check 'rights of GPIO' "$(owner /dev/gpiochip0)" 'gpio 660'
check 'rights of /sys/class/gpio/export' "$(stat -c %G /sys/class/gpio/export)" gpio
simhw usb printer unplug
until_true 25 '[ ! -e /dev/hallward/tickets ]'
check 'the name goes with the printer' "$([ -L /dev/hallward/tickets ] && echo there || echo gone)" gone
simhw usb printer plug
until_true 25 '[ -e /dev/hallward/tickets ]'
udevadm settle
check 'and comes back' "$(leads_to /dev/hallward/tickets)" /dev/usb/lp0

# --- systemd ---
cp deploy/hallward.service /etc/systemd/system/
# The service sees neither home directories nor the system's folders for temporary files.
install -d /opt/hallward
cp -a dist config package.json node_modules /opt/hallward/
printf '#!/bin/sh\nexec %s /opt/hallward/dist/cli/main.js "$@"\n' "$(command -v node)" >/usr/bin/hallward
chmod 755 /usr/bin/hallward
install -d -o root -g hallward -m 750 /etc/hallward
cat >/etc/hallward/hallward.yaml <<'YAML'
hall: jinshan
controller: row-a
buses:
  keys-5: { type: serial, path: /dev/hallward/keys-5, baudRate: 9600 }
devices:
  caller-5: { kind: caller, window: "5", bus: keys-5, protocol: serial-keys, keys: { next: "AA 05 01 B0" } }
YAML
chown root:hallward /etc/hallward/hallward.yaml
chmod 640 /etc/hallward/hallward.yaml
# A second service with the same limits tries what the program would (and what it must not).
cat >/run/probe.mjs <<'PROBE'
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
const tried = (what) => {
  try {
    what();
    return 'yes';
  } catch (error) {
    return error.code ?? error.message;
  }
};
const open = (file) => tried(() => closeSync(openSync(file, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)));
const found = {};
for (const file of ['/dev/ttyACM0', '/dev/usb/lp0', '/dev/i2c-1', '/dev/gpiochip0', '/dev/watchdog0', '/dev/uinput', '/dev/kmsg'])
  found[file] = open(file);
found['a line by /sys/class/gpio'] = tried(() => {
  writeFileSync('/sys/class/gpio/export', '529');
  readFileSync('/sys/class/gpio/gpio529/value');
  writeFileSync('/sys/class/gpio/unexport', '529');
});
found['its storage'] = tried(() => writeFileSync('/var/lib/hallward/probe', ''));
found['its configuration, to read'] = tried(() => readFileSync('/etc/hallward/hallward.yaml'));
found['its configuration, to write'] = tried(() => writeFileSync('/etc/hallward/hallward.yaml', ''));
found['a child process'] = tried(() => execFileSync(process.execPath, ['-e', '0']));
found['gpiomon'] = tried(() => execFileSync('gpiomon', ['--version'], { stdio: 'ignore' }));
found['the settings of the kernel'] = tried(() => writeFileSync('/proc/sys/kernel/panic', '0'));
writeFileSync('/var/lib/hallward/found.json', JSON.stringify(found));
PROBE
chmod 644 /run/probe.mjs
sed -e "s#^ExecStart=.*#ExecStart=$(command -v node) /run/probe.mjs#" -e 's/^Type=.*/Type=oneshot/' \
  -e '/^\(Restart\|WatchdogSec\|NotifyAccess\)/d' deploy/hallward.service >/etc/systemd/system/probe.service
cat >/etc/systemd/system/hall.target <<'UNIT'
[Unit]
Description=Hallward alone
Wants=probe.service hallward.service
UNIT
mkdir -p /sys/fs/cgroup /run/systemd/system
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
# A mount of its own, so that the system manager leaves it as it is, and its socket is seen from here.
mountpoint -q /run || mount --bind /run /run
container=hallward unshare --pid --fork --mount --kill-child bash -c \
  'mount -t proc proc /proc; exec /lib/systemd/systemd --system --unit=hall.target --show-status=no' >/run/systemd.log 2>&1 &
# Asked from inside: it does not answer a process that it can't see.
systemctl() {
  nsenter --target "$(pgrep -f '^/lib/systemd/systemd --system')" --mount --pid --root systemctl "$@"
}
until_true 300 '[ "$(systemctl is-active hallward.service 2>/dev/null)" = active ]'
check 'the service' "$(systemctl is-active hallward.service 2>/dev/null)" active
until_true 150 '[ -s /var/lib/hallward/found.json ]'
found() {
  node -e 'console.log(JSON.parse(require("fs").readFileSync("/var/lib/hallward/found.json"))[process.argv[1]])' "$1"
}
for may in /dev/ttyACM0 /dev/usb/lp0 /dev/i2c-1 /dev/gpiochip0 'a line by /sys/class/gpio' 'its storage' \
  'its configuration, to read' 'a child process' gpiomon; do check "may use $may" "$(found "$may")" yes; done
for must_not in /dev/watchdog0 /dev/uinput /dev/kmsg; do
  check "must not use $must_not" "$(found "$must_not" | sed 's/EACCES/EPERM/')" EPERM
done
check 'must not write its configuration' "$(found 'its configuration, to write')" EROFS
check 'must not change the kernel' "$(found 'the settings of the kernel' | sed 's/EACCES/EROFS/')" EROFS
check 'its user' "$(stat -c %U "/proc/$(pgrep -of dist/cli/main.js)")" hallward
began=$(date +%s%N)
systemctl stop hallward.service
took=$((($(date +%s%N) - began) / 1000000))
check "stops (in $took ms)" "$(systemctl show -p Result --value hallward.service)" success
[ "$failed" = 0 ] || tail -30 /run/systemd.log
echo "$failed failed"
[ "$failed" = 0 ]
