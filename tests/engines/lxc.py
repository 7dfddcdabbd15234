#!/usr/bin/env python3
"""LXC's containers as they run: lxc.py NSGLUE HOPCOST."""
import pathlib
import sys

import sandbox as s

COMMON = f"""
lxc.rootfs.path = dir:/run/test/root
lxc.uts.name = NAME
lxc.cgroup.dir = {s.GROUP}/NAME
lxc.init.cmd = /bin/sleep 600
lxc.apparmor.profile = unconfined
lxc.net.0.name = eth0
lxc.net.0.flags = up
"""
# LXC looks for a bridge in sysfs, which has to be the namespace's own.
OWN_SYSFS = """mkdir -p /run/groups && mount --rbind /sys/fs/cgroup /run/groups && mount -t sysfs none /sys &&
mount --rbind /run/groups /sys/fs/cgroup && exec "$@" """
NETWORKS = {
    "port": "lxc.net.0.type = veth\nlxc.net.0.hwaddr = 02:68:63:0c:00:03\nlxc.net.0.link = br0\nlxc.net.0.ipv4.address = 198.18.0.3/24\n",
    "flat": "lxc.net.0.type = macvlan\nlxc.net.0.macvlan.mode = bridge\nlxc.net.0.link = d0\nlxc.net.0.ipv4.address = 198.18.0.4/24\n",
}


def start(name):
    folder = pathlib.Path("/var/lib/lxc") / name
    folder.mkdir()
    (folder / "config").write_text(NETWORKS[name] + COMMON.replace("NAME", name))
    start_again(name)


def start_again(name):
    folder = pathlib.Path("/var/lib/lxc") / name
    s.inside("engine", "unshare", "--mount", "sh", "-c", OWN_SYSFS, "sh", "lxc-start", "--name", name, "--logfile", folder / "log",
             "--logpriority", "INFO")
    s.inside("engine", "lxc-wait", "--name", name, "--state", "RUNNING", "--timeout", "20")


def main():
    s.in_namespaces_of_its_own()
    stage = s.Stage(*sys.argv[1:])
    start("flat")
    flat = stage.attach("lxc:flat")[0]
    s.check_found(flat, "macvlan", ["wire", "container"], "lxc:flat")
    s.check_measured(stage.measure("lxc:flat"), "lxc:flat")
    s.inside("engine", "lxc-stop", "--name", "flat", "--kill")
    code, said = stage.refused("lxc:flat")
    s.ok(code == 4 and "does not run" in said, "a container that does not run", said)
    stage.bridge()
    start("port")
    port = stage.attach("lxc:port")[0]
    s.check_found(port, "bridge", ["wire", "bridge_port", "container"], "lxc:port")
    s.check_measured(stage.measure("lxc:port"), "lxc:port")
    s.inside("engine", "lxc-stop", "--name", "port", "--kill")
    s.check_lifecycle(stage, "lxc:port", "--containers", "1,2", wrap=["unshare", "--mount", "sh", "-c", OWN_SYSFS, "sh"])
    start_again("port")
    s.check_stopped(stage, "lxc:port", "lxc-stop", "--name", "port", "--kill")
    s.finish()


main()
