#!/usr/bin/env bash
# The guest's first process once the machine's files are mounted: sets up what a Debian machine has at run time, runs the command,
# writes its exit code to /run/given/code, and ends the guest. /run/given is a folder of run.sh's, the only one outside that is
# writable.
set -u
. /run/given/settings  # guest_folder, interactive, terminal_size

export PATH=/run/guest/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8
finish() { busybox sync; busybox reboot -f; }
trap finish EXIT

# The modules are in guest_folder, where modprobe does not look.
mkdir -p /run/guest/bin /run/lock
printf '#!/bin/sh\nexec /sbin/modprobe -d %q "$@"\n' "$guest_folder/root" >/run/guest/bin/modprobe
chmod 755 /run/guest/bin/modprobe
echo /run/guest/bin/modprobe >/proc/sys/kernel/modprobe

mkdir -p /dev/pts /dev/shm /dev/hugepages
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t hugetlbfs hugetlbfs /dev/hugepages
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing
hostname guest
ip link set lo up

mkdir /tmp/work
cd /tmp/work
console=/dev/hvc0
if [ "$interactive" = yes ]; then
  stty -F $console $terminal_size
  setsid --ctty bash /run/given/command <>$console >&0 2>&1
else
  stty -F $console raw  # no carriage returns
  bash /run/given/command </dev/null >$console 2>&1
fi
echo $? >/run/given/code
