#!/usr/bin/env python3
"""A container that runc runs in a network namespace made by hand, and one whose namespace is a process's: runc.py NSGLUE HOPCOST."""
import json
import pathlib
import sys

import sandbox as s


def start(stage, name):
    bundle = stage.folder / name
    bundle.mkdir()
    s.run("ip", "netns", "add", name)
    s.run("ip", "-n", name, "link", "set", "lo", "up")
    s.run("sh", "-c", f"cd {bundle} && runc spec")
    config = bundle / "config.json"
    spec = json.loads(config.read_text())
    spec["process"].update({"terminal": False, "args": ["sleep", "600"], "rlimits": []})
    spec["root"] = {"path": "/run/test/root", "readonly": True}
    spec["linux"]["cgroupsPath"] = f"/{s.GROUP}/{name}"
    next(n for n in spec["linux"]["namespaces"] if n["type"] == "network")["path"] = f"/run/netns/{name}"
    config.write_text(json.dumps(spec))
    s.run("sh", "-c", f"runc run --detach --bundle {bundle} {name} >/dev/null 2>&1 </dev/null")


def main():
    s.in_namespaces_of_its_own()
    stage = s.Stage(*sys.argv[1:])
    start(stage, "routed")
    s.run("ip", "-n", "engine", "link", "add", "v0", "type", "veth", "peer", "name", "eth0", "netns", "routed")
    s.run("ip", "-n", "engine", "address", "add", "198.18.1.1/24", "dev", "v0")
    s.run("ip", "-n", "engine", "link", "set", "v0", "up")
    s.run("ip", "-n", "routed", "address", "add", "198.18.1.2/24", "dev", "eth0")
    s.run("ip", "-n", "routed", "link", "set", "eth0", "up")
    s.run("ip", "-n", "routed", "route", "add", "default", "via", "198.18.1.1")
    s.run("ip", "netns", "exec", "engine", "sysctl", "-qw", "net.ipv4.ip_forward=1")
    pid = json.loads(s.run("runc", "state", "routed"))["pid"]
    for reference in ("runc:routed", f"pid:{pid}", "netns:routed"):
        s.check_found(stage.attach(reference)[0], "veth", ["wire", "veth", "container"], reference)
    s.check_measured(stage.measure("runc:routed"), "runc:routed")
    kept = pathlib.Path(stage.folder / "kept.toml")
    stage.attach("runc:routed", "--keep", kept)
    told = s.inside("engine", stage.nsglue, "check", kept)
    s.ok("probes passed wire, veth, container in this order" in told, "the kept topology stands, and is proved by packets", told)
    s.check_measured(stage.measure(str(kept)), "routed")
    s.check_stopped(stage, "runc:routed", "runc", "kill", "routed", "KILL")
    s.run("runc", "delete", "--force", "routed")
    s.finish()


main()
