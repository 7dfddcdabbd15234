#!/bin/sh
# Runs a test program as an ordinary user inside a user namespace of its own: rootless.sh PROGRAM [ARGUMENT...]
# Exit 77 (skipped) when this host does not let an ordinary user have one.
set -u
as_user=''
if [ "$(id -u)" -eq 0 ]; then as_user='setpriv --reuid 65534 --regid 65534 --clear-groups'; fi
if ! $as_user unshare --user --map-root-user --net --mount true 2>/dev/null; then
  echo 'this host gives an ordinary user no namespaces' >&2
  exit 77
fi
# ip-netns keeps its names below /run.
exec $as_user unshare --user --map-root-user --net --mount \
  sh -c 'mount -t tmpfs run /run && exec "$@"' rootless "$@"
