#!/usr/bin/env bash
# run.sh FOLDER [--timeout SECONDS] [--nic MODEL] [--tap DEVICE]... [COMMAND...]: starts Debian's kernel under QEMU on this machine's
# own files, which it can only read, and runs COMMAND there, or a shell. /run and /tmp are the guest's own and end with it. It has
# four NICs of QEMU's MODEL (e1000e unless named), and one more for each tap device of this machine. The exit code is the command's;
# 4: the guest could not run; 124: the time was up.
# FOLDER is the one of kernel.sh.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
. "$here/pieces.sh"
folder=$(realpath -m "$1")
shift
read_options "$@"
set -- "${rest[@]}"
interactive=no
[ $# -gt 0 ] || interactive=yes

need_programs qemu-system-x86_64:qemu-system-x86 busybox:busybox-static modprobe:kmod cpio:cpio
if [ $interactive = yes ] && ! [ -t 0 ]; then
  say "a shell needs a terminal; name a command"
  exit 2
fi
"$here/kernel.sh" "$folder"

given=$(mktemp -d)
emulator=
end() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  [ -z "$emulator" ] || wait "$emulator" 2>/dev/null || true
  rm -rf "$given"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Our programs are found by name. A path is relative to the caller's folder.
programs=$top/build/campaign:$top/build/pktgen:$top/build/analyzer:$top/build/nsglue:$top/build/hopload
command=(bash -i)
[ $# -eq 0 ] || command=("$@")
case ${command[0]} in
  /*) ;;
  */*) command[0]=$(realpath -s "${command[0]}") ;;
esac
echo "$here/inside.sh" >"$given/inside"
{
  printf 'guest_folder=%q interactive=%q\n' "$folder" "$interactive"
  printf 'terminal_size=%q\n' "$(stty size 2>/dev/null | sed 's/\(.*\) \(.*\)/rows \1 cols \2/')"
} >"$given/settings"
{
  printf 'export PATH=%q:$PATH TERM=%q\n' "$programs" "${TERM:-dumb}"
  printf 'exec'
  printf ' %q' "${command[@]}"
  echo
} >"$given/command"

# Two NICs on each of two hubs: what one sends, the other receives. They have no driver until one is loaded.
nics=()
for n in 0 1 2 3; do
  nics+=(-netdev "hubport,hubid=$((1 + n / 2)),id=hub$n" -device "${model:-e1000e},netdev=hub$n,addr=1$n.0,mac=02:68:63:00:10:0$n")
done
add_tap_nics virtio-net-pci
# Both CPUs run on one thread. With a thread for each, QEMU 7.2 sometimes hangs with both spinning.
machine=(qemu-system-x86_64 -M q35 -accel tcg,thread=single -cpu max -smp 2 -m 2048 -nodefaults -display none -no-reboot
  -kernel "$folder/kernel" -initrd "$folder/initramfs" -append "console=ttyS0 quiet panic=-1 mitigations=off"
  -serial "file:$given/kernel.log" -device virtio-serial-pci -device virtconsole,chardev=console
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap
  -virtfs "local,path=$given,mount_tag=given,security_model=none" "${nics[@]}")

status=0
if [ $interactive = yes ]; then
  setpriv --pdeathsig KILL "${machine[@]}" -chardev stdio,id=console,signal=off 2>"$given/qemu.log" || status=$?
else
  setpriv --pdeathsig TERM timeout --kill-after=5 "$limit" "${machine[@]}" -chardev stdio,id=console,signal=on </dev/null 2>"$given/qemu.log" &
  emulator=$!
  wait "$emulator" || status=$?
  emulator=
fi
if [ -f "$given/code" ]; then
  exit "$(cat "$given/code")"
fi
if [ $status -eq 124 ]; then
  [ ! -s "$given/kernel.log" ] || tail -n 25 "$given/kernel.log" >&2
  say "stopped after $limit s"
  exit 124
fi
cat "$given/qemu.log" >&2
[ ! -f "$given/kernel.log" ] || tail -n 25 "$given/kernel.log" >&2
say "ended without an exit code of the command; QEMU's was $status, and above is what it and the guest's kernel said last"
exit 4
