#!/usr/bin/env bash
# guest/run.sh without a guest: what it says, hands back and leaves, with a QEMU that is a script. run_test.sh RUN.SH
set -u
run=$1
failed=0
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/bin" "$home/tmp" "$home/folder"
touch "$home/folder/initramfs" "$home/folder/machine" "$home/folder/kernel"  # kernel.sh finds all done
for program in busybox modprobe cpio; do
  printf '#!/bin/sh\n' >"$home/bin/$program"
done
export TMPDIR=$home/tmp

qemu() {  # SCRIPT: is QEMU from now on; $given is the folder that the guest writes to
  {
    printf '#!/bin/bash\n'
    printf 'for word; do case $word in *mount_tag=given*) given=${word#local,path=}; given=${given%%%%,*} ;; esac; done\n'
    printf '%s\n' "$1"
  } >"$home/bin/qemu-system-x86_64"
  chmod 755 "$home"/bin/*
}

# expect CODE TEXT COMMAND...: the exit code, a text in what is said, and nothing left.
expect() {
  local code=$1 wanted=$2 out got
  shift 2
  out=$("$@" 2>&1 </dev/null)
  got=$?
  [ $got -eq "$code" ] || { echo "$*: exit $got, not $code: $out"; failed=1; }
  case $out in *"$wanted"*) ;; *) echo "$*: no '$wanted' in: $out"; failed=1 ;; esac
  [ -z "$(ls "$TMPDIR")" ] || { echo "$*: left $(ls "$TMPDIR")"; failed=1; rm -rf "$TMPDIR"/*; }
}
with_bin() { PATH=$home/bin:$PATH "$@"; }

qemu 'echo 7 >"$given/code"'
expect 7 '' with_bin "$run" "$home/folder" true
qemu 'bash "$given/command"; echo $? >"$given/code"'
expect 0 'a  b $c' with_bin "$run" "$home/folder" printf '%s' 'a  b $c'
qemu 'echo "no such machine" >&2; exit 1'
expect 4 'no such machine' with_bin "$run" "$home/folder" true
qemu 'echo "Kernel panic" >"$given/kernel.log"'
expect 4 'Kernel panic' with_bin "$run" "$home/folder" true
qemu 'exec sleep 60'
expect 124 'stopped after 1 s' with_bin "$run" "$home/folder" --timeout 1 true
expect 2 '--tap what?' with_bin "$run" "$home/folder" --tap
qemu 'exit $([[ "$*" = *"vmxnet3,netdev=hub3,"* ]] && echo 0 >"$given/code")'
expect 0 '' with_bin "$run" "$home/folder" --nic vmxnet3 true
qemu 'exit $([[ "$*" = *"tap,id=tap1,ifname=t1,"* ]] && echo 0 >"$given/code")'
expect 0 '' with_bin "$run" "$home/folder" --tap t0 --timeout 9 --tap t1 true
expect 2 'a shell needs a terminal' with_bin "$run" "$home/folder"

# Interrupted: its QEMU goes with it.
qemu 'echo $$ >"'"$home"'/pid"; exec sleep 60'
interrupted() {
  local status=0
  rm -f "$home/pid"
  env --default-signal=INT PATH="$home/bin:$PATH" "$run" "$home/folder" true &
  while [ ! -s "$home/pid" ]; do sleep 0.05; done
  kill -INT $!
  wait $! || status=$?
  for _ in $(seq 100); do
    kill -0 "$(cat "$home/pid")" 2>/dev/null || return $status
    sleep 0.05
  done
  echo "QEMU lives on"
  return $status
}
expect 130 '' interrupted
[ -z "$(interrupted 2>&1)" ] || { echo "QEMU lives on after Ctrl-C"; failed=1; }

rm "$home/bin/qemu-system-x86_64" "$home/bin/busybox"
bare=$home/bare
mkdir "$bare"
for program in bash dirname realpath env; do ln -s "$(command -v $program)" "$bare/$program"; done
expect 4 'apt-get install qemu-system-x86' env PATH="$bare" "$run" "$home/folder" true
exit $failed
