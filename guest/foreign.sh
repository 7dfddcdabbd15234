#!/usr/bin/env bash
# foreign.sh ARCH FOLDER [--timeout SECONDS] [--tap DEVICE]... [GIVEN]: starts a small Debian of another architecture under QEMU,
# which emulates every instruction. The guest finds the folder GIVEN at /given and runs /given/start. Its console is our output.
# Each tap device of this machine gets a NIC in the guest. Without GIVEN nothing is started, only FOLDER is made ready
# (foreign_root.sh).
# Exit code 4: the guest could not run; 124: the time was up.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/pieces.sh"
usage() {
  say "foreign.sh ARCH FOLDER [--timeout SECONDS] [--tap DEVICE]... [GIVEN]; ARCH is aarch64 or s390x"
  exit 2
}
[ $# -ge 2 ] || usage
arch=$1 folder=$(realpath -m "$2")
read_options "${@:3}"
[ -z "$model" ] || { say "--nic is for run.sh: a foreign guest has its own kind of NIC"; exit 2; }

case $arch in
  aarch64)
    port=arm64 kernel=linux-image-cloud-arm64 package=qemu-system-arm nic=virtio-net-pci,romfile= console=ttyAMA0
    machine=(-M virt -cpu cortex-a72 -serial chardev:console)
    ;;
  s390x)
    port=s390x kernel=linux-image-s390x package=qemu-system-misc nic=virtio-net-ccw console=ttysclp0
    machine=(-M s390-ccw-virtio -cpu max -device sclpconsole,chardev=console)
    ;;
  *) usage ;;
esac
need_programs "qemu-system-$arch:$package" cpio:cpio
"$here/foreign_root.sh" "$port" "$kernel" "$folder"
[ ${#rest[@]} -gt 0 ] || exit 0
[ -f "${rest[0]}/start" ] || { say "${rest[0]}/start is missing: it is what the guest runs"; exit 2; }

work=$(mktemp -d)
emulator=
end() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  [ -z "$emulator" ] || wait "$emulator" 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The kernel unpacks concatenated archives in turn. An uncompressed one must begin at a multiple of four bytes, so it comes first.
mkdir "$work/more"
cp -RL "${rest[0]}" "$work/more/given"
{ pack_folder "$work/more"; cat "$folder/initramfs"; } >"$work/initramfs"
nics=()
add_tap_nics "$nic"
status=0
setpriv --pdeathsig TERM timeout --kill-after=5 "$limit" "qemu-system-$arch" "${machine[@]}" -accel tcg -smp 1 -m 256 -nodefaults -display none \
  -no-reboot -kernel "$folder/kernel" -initrd "$work/initramfs" -append "console=$console quiet panic=-1 mitigations=off" \
  -chardev stdio,id=console,signal=off "${nics[@]}" </dev/null &
emulator=$!
wait "$emulator" || status=$?
emulator=
[ $status -ne 124 ] || { say "stopped after $limit s"; exit 124; }
[ $status -eq 0 ] || fail "QEMU's exit code is $status, and above is what it and the guest's kernel said last"
