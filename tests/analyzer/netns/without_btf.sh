#!/bin/sh
# Runs a test program as on a kernel that has no BTF: without_btf.sh PROGRAM [ARGUMENT...]
# Exit 77 (skipped) where its BTF can't be hidden.
set -u
if ! unshare --mount mount --bind /dev/null /sys/kernel/btf/vmlinux 2>/dev/null; then
  echo 'needs root, and a kernel with BTF to hide' >&2
  exit 77
fi
exec unshare --mount sh -c 'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$@"' without-btf "$@"
