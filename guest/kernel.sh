#!/usr/bin/env bash
# kernel.sh FOLDER [GUEST_END]: puts Debian's kernel, its modules and an initramfs for it into FOLDER, unless they are there. Once
# GUEST_END has been built (build/nsglue/guest_end) it also makes `machine`, the initramfs of a mode's virtual machine. Nothing is
# installed on this machine: the package is downloaded and unpacked.
set -euo pipefail

folder=$(realpath -m "$1")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/pieces.sh"
guest_end=${2:-$here/guest_end}  # where installing puts it
[ -x "$guest_end" ] || guest_end=$here/../build/nsglue/guest_end
# The modules that reach the machine's files and the console. The kernel loads others from there on demand.
first_modules=(virtio_pci 9pnet_virtio 9p virtio_console)
machine_modules=(virtio_pci virtio_net)

download() {  # into the current folder
  local package
  package=$(image_behind linux-image-amd64)
  [ -n "$package" ] && apt-get download -qq "$package" >"$work/log" 2>&1
}

# Missing or old package lists are updated, which only root may do.
unpack_kernel() {
  cd "$work"
  if ! download; then
    [ "$(id -u)" -ne 0 ] || apt-get update -qq >"$work/update" 2>&1 || true
    download || fail "the kernel behind linux-image-amd64 can't be downloaded: $(cat "$work/update" "$work/log" 2>/dev/null | tail -n 3)"
  fi
  dpkg -x ./*.deb root
  local version
  version=$(basename root/lib/modules/*)
  depmod -b root "$version"
  mv "root/boot/vmlinuz-$version" kernel
  rm -rf ./*.deb update log root/boot root/usr/share
  rm -rf "$folder"
  cp -al . "$folder"
  chmod 755 "$folder"
  cd "$here"
}

# pack NAME MODULE...: makes an initramfs of $work/early and these modules, in the order of loading, with those that they need.
pack() {
  local early=$work/early name=$1 version
  shift
  version=$(basename "$folder"/root/lib/modules/*)
  mkdir -p "$early"/{modules,dev,proc}
  modules_for "$folder/root" "$version" "$@" | while read -r module; do
    cp "$module" "$early/modules/"
    basename "$module" >>"$early/modules/order"
  done
  pack_folder "$early" | gzip -1 >"$work/$name"
  mv "$work/$name" "$folder/$name"
  rm -rf "$early"
}

pack_initramfs() {
  mkdir -p "$work"/early/{bin,sys,root}
  cp "$(command -v busybox)" "$work/early/bin/busybox"
  cp "$here/init" "$work/early/init"
  pack initramfs "${first_modules[@]}"
}

# Unpacking itself takes the kernel two thirds of a boot in software emulation, so QEMU gets it unpacked. The kernel's own
# scripts/extract-vmlinux does the same; QEMU starts it by its PVH note.
unpack_vmlinux() {
  local at
  at=$(LC_ALL=C grep -abo $'\xfd7zXZ' "$folder/kernel" | head -n 1 | cut -d: -f1)
  [ -n "$at" ] && tail -c "+$((at + 1))" "$folder/kernel" | xz -dc --single-stream >"$work/vmlinux" 2>/dev/null || true
  [ "$(head -c 4 "$work/vmlinux" 2>/dev/null | tr -d '\177')" = ELF ] || cp "$folder/kernel" "$work/vmlinux"
  mv "$work/vmlinux" "$folder/vmlinux"
}

pack_machine() {
  unpack_vmlinux
  mkdir -p "$work/early"
  cp "$guest_end" "$work/early/init"
  pack machine "${machine_modules[@]}"
}

wanted=()
is_newer "$folder/initramfs" "$here/init" "$here/kernel.sh" || wanted+=(pack_initramfs)
[ ! -x "$guest_end" ] || is_newer "$folder/machine" "$guest_end" "$here/kernel.sh" || wanted+=(pack_machine)
[ ${#wanted[@]} -gt 0 ] || exit 0
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
[ -f "$folder/kernel" ] || unpack_kernel
for pack_it in "${wanted[@]}"; do $pack_it; done
