#!/usr/bin/env bash
# foreign_root.sh PORT KERNEL FOLDER: puts a small Debian of another architecture, PORT, into FOLDER, unless it is there. `kernel`
# is from the package on which KERNEL depends. `initramfs` is the guest's whole file system: busybox, the ssh server dropbear, and
# the modules that nsglue's modes need. Nothing is installed on this machine, and its apt and dpkg keep their settings.
set -euo pipefail

port=$1 kernel=$2 folder=$(realpath -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/pieces.sh"
. "$here/../cross/own_apt.sh"
modules=(virtio_pci virtio_net veth bridge macvlan ipvlan 8021q sch_ingress cls_bpf)

download() {  # the kernel to $work/apt, the rest to its cache
  own_apt "$work/apt" deb "$port"
  local image
  cd "$work/apt"
  apt-get "${own_apt[@]}" update || return
  image=$(image_behind "$kernel" "${own_apt[@]}")
  [ -n "$image" ] || { echo "$kernel depends on no kernel's package"; return 1; }
  apt-get "${own_apt[@]}" download "$image" || return
  apt-get "${own_apt[@]}" install --download-only --no-install-recommends -y busybox-static dropbear-bin
}

unpack() {
  local package
  dpkg-deb -x "$work"/apt/*.deb "$work/linux"
  for package in "$work"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
  rm -rf "$root"/usr/share "$root"/usr/lib/*/gconv "$work/apt"
}

take_modules() {
  local version module
  version=$(basename "$work"/linux/lib/modules/*)
  depmod -b "$work/linux" "$version"
  mv "$work/linux/boot/vmlinuz-$version" "$work/kernel"
  modules_for "$work/linux" "$version" "${modules[@]}" | while read -r module; do
    install -D -m 644 "$module" "$root/${module#"$work/linux/"}"
  done
  cp "$work/linux/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$version/"
  depmod -b "$root" "$version"
}

add_files() {
  mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,dev,etc,proc,root,run,sys,tmp,var}
  chmod 700 "$root/root"
  ln -s /run "$root/var/run"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  cp "$here/foreign_init" "$root/init"
  chmod 755 "$root/init"
}

! is_newer "$folder/initramfs" "$here"/foreign_{init,root.sh} || exit 0
need_programs modprobe:kmod cpio:cpio
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir "$root" "$work/linux"
(download) >"$work/log" 2>&1 || fail "Debian's packages for $port can't be had: $(tail -n 3 "$work/log")"
unpack
take_modules
add_files
mkdir -p "$folder"
pack_folder "$root" | gzip -1 >"$work/initramfs"
mv "$work/kernel" "$work/initramfs" "$folder/"
