#!/bin/sh
# alone.sh PROGRAM [ARG...]: the program in namespaces of its own, with an empty /run, so that tests that hold the run's lock and look for
# what is left behind can run side by side. Without root as it is.
[ "$(id -u)" -eq 0 ] || exec "$@"
exec unshare --mount --net --propagation private sh -c 'mount -t tmpfs none /run && ip link set lo up && exec "$@"' alone "$@"
