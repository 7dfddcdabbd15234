#!/usr/bin/env python3
"""Podman's containers as they run: podman.py NSGLUE HOPCOST."""
import os
import sys

import sandbox as s

LIMITS = ["--ulimit", "nofile=20000:20000", "--ulimit", "nproc=4096:4096"]


def podman(*words):
    return s.inside("engine", "podman", "--cgroup-manager", "cgroupfs", "--runtime", "runc", "--storage-driver", "vfs", *words)


def set_up_client(stage):
    """As a person's podman is set up: the words above, in files."""
    engine, storage = stage.folder / "containers.conf", stage.folder / "storage.conf"
    engine.write_text('[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\n')
    storage.write_text('[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n')
    os.environ["CONTAINERS_CONF"], os.environ["CONTAINERS_STORAGE_CONF"] = str(engine), str(storage)


def container(name, *options):
    podman("run", "-d", "--name", name, "--cgroup-parent", "/" + s.GROUP, *LIMITS, *options, "localhost/busybox", "sleep", "600")


def main():
    s.in_namespaces_of_its_own()
    stage = s.Stage(*sys.argv[1:])
    podman("import", stage.image, "busybox")
    podman("network", "create", "--driver", "macvlan", "--opt", "parent=d0", "--subnet", "198.18.0.0/24", "flat")
    container("web", "-p", "9:9/udp")
    container("flat", "--network", "flat", "--ip", "198.18.0.130")
    container("bare", "--network", "host")
    web, flat = stage.attach("podman:web", "podman:flat")
    s.check_found(web, "bridge nat", ["wire", "bridge_port", "container"], "podman:web", [(9, 9)])
    s.check_found(flat, "macvlan", ["wire", "container"], "podman:flat")
    s.check_found(stage.attach("podman:bare")[0], "host", ["wire"], "podman:bare")
    code, said = stage.refused("podman:nobody")
    s.ok(code == 4 and "podman shows no container 'nobody'" in said, "a container that is not there", said)
    podman("create", "--name", "idle", "--cgroup-parent", "/" + s.GROUP, *LIMITS, "localhost/busybox", "sleep", "600")
    code, said = stage.refused("podman:idle")
    s.ok(code == 4 and "does not run" in said and "podman start idle" in said, "a container that does not run", said)
    s.check_measured(stage.measure("podman:web", "podman:flat"), "podman:web", any_cost=["podman:flat"])
    podman("rm", "--all", "--force", "--time", "0")
    set_up_client(stage)
    s.check_lifecycle(stage, "podman:localhost/busybox", "--containers", "1,2", "--engine-arguments",
                      " ".join(["--cgroup-parent=/" + s.GROUP, *LIMITS]))
    s.ok("hopcost-life" not in podman("ps", "--all"), "no container of ours is left")
    s.finish()


main()
