#!/usr/bin/env bash
# kernel.sh FOLDER: puts Debian's kernel, its modules and an initramfs for it into FOLDER, unless they are there. Nothing is
# installed on the machine: the package is downloaded and unpacked.
set -euo pipefail

folder=$(realpath -m "$1")
here=$(cd "$(dirname "$0")" && pwd)
# What reaches the machine's files and the console; the rest is loaded from there when the kernel asks for it.
first_modules=(virtio_pci 9pnet_virtio 9p virtio_console)

fail() {
  printf 'guest: %s\n' "$*" >&2
  exit 4
}

kernel_package() {
  apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1
}

download() {  # into the current folder
  local package
  package=$(kernel_package)
  [ -n "$package" ] && apt-get download -qq "$package" >"$work/log" 2>&1
}

# Lists of packages that are missing or old are fetched anew, which root alone may do.
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

pack_initramfs() {
  local early=$work/early version
  version=$(basename "$folder"/root/lib/modules/*)
  mkdir -p "$early"/{bin,modules,dev,proc,sys,root}
  cp "$(command -v busybox)" "$early/bin/busybox"
  cp "$here/init" "$early/init"
  modprobe -d "$folder/root" -S "$version" --show-depends -a "${first_modules[@]}" | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
    while read -r module; do
      cp "$module" "$early/modules/"
      basename "$module" >>"$early/modules/order"
    done
  (cd "$early" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initramfs"
  mv "$work/initramfs" "$folder/initramfs"
}

[ -f "$folder/initramfs" ] && [ "$folder/initramfs" -nt "$here/init" ] && [ "$folder/initramfs" -nt "$here/kernel.sh" ] && exit 0
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
[ -f "$folder/kernel" ] || unpack_kernel
pack_initramfs
