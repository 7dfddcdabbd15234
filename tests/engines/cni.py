#!/usr/bin/env python3
"""Namespaces that CNI's plugins connect, and the ways in that have to be named: cni.py NSGLUE HOPCOST."""
import json
import os
import subprocess
import sys

import sandbox as s

PLUGINS = "/usr/lib/cni"
IPAM = {"type": "host-local", "dataDir": "/run/test/ipam", "ranges": [[{"subnet": "198.18.5.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}
FLAT = {**IPAM, "ranges": [[{"subnet": "198.18.0.0/24", "rangeStart": "198.18.0.100"}]]}


def join(netns, *plugins, ports=None):
    """What a runtime does: each plugin in turn, with the result of the one before."""
    s.run("ip", "netns", "add", netns)
    s.run("ip", "-n", netns, "link", "set", "lo", "up")
    environment = {"CNI_COMMAND": "ADD", "CNI_CONTAINERID": netns, "CNI_NETNS": f"/run/netns/{netns}", "CNI_IFNAME": "eth0", "CNI_PATH": PLUGINS}
    result = None
    for plugin in plugins:
        config = {"cniVersion": "0.4.0", "name": "test", **plugin}
        if result:
            config["prevResult"] = result
        if plugin["type"] == "portmap":
            config["runtimeConfig"] = {"portMappings": ports}
        result = json.loads(plug(plugin["type"], config, environment))


def plug(name, config, environment):
    done = subprocess.run(["nsenter", "--net=/run/netns/engine", f"{PLUGINS}/{name}"], input=json.dumps(config), text=True, capture_output=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
    return done.stdout


def check_ways_in(stage):
    """A second device with an address: which one is it?"""
    s.run("ip", "-n", "tester", "link", "add", "t1", "type", "veth", "peer", "name", "d1", "netns", "engine")
    s.run("ip", "-n", "tester", "address", "add", "198.18.9.1/24", "dev", "t1")
    s.run("ip", "-n", "engine", "address", "add", "198.18.9.2/24", "dev", "d1")
    for name, device in (("tester", "t1"), ("engine", "d1")):
        s.run("ip", "-n", name, "link", "set", device, "up")
    code, said = stage.refused("netns:ptp")
    s.ok(code == 2 and "several devices lead to netns:ptp: d0, d1" in said and "--wire d0" in said, "two ways in", said)
    s.ok(stage.attach("netns:ptp", "--wire", "d1")[0]["sender"]["device"] == "t1", "the one that was named")
    s.run("ip", "-n", "engine", "link", "del", "d1")


def check_outside(stage):
    """A device whose other end is no veth's: probes would go into a network of others."""
    s.run("ip", "-n", "engine", "link", "set", "d0", "down")
    s.run("ip", "-n", "engine", "tuntap", "add", "n0", "mode", "tap")
    s.run("ip", "-n", "engine", "address", "add", "198.18.0.2/24", "dev", "n0")
    s.run("ip", "-n", "engine", "link", "set", "n0", "up")
    found = stage.attach("netns:ptp")[0]
    s.ok(found["from_outside"] and "leads out of this machine" in " ".join(found["notes"]), "packets come from outside", found)
    for options, wanted in (((), "--from DEVICE"), (("--from", "t0@tester"), "--i-mean-it")):
        said = s.output_of("nsenter", "--net=/run/netns/engine", stage.hopcost, "run", "--attach", "netns:ptp", "--builds", "6",
                           "--out", stage.folder / "refused", *options)
        s.ok("by n0, which leads out of this machine; it would take UDP to 198.18.6." in said and wanted in said, f"refused, for want of {wanted}", said)


CONFLIST = {"cniVersion": "0.4.0", "name": "Test.Net", "plugins": [
    {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "ipam": {**IPAM, "dataDir": "/var/lib/cni/networks"}},
    {"type": "portmap", "capabilities": {"portMappings": True}}]}


def check_mode(stage):
    """A configuration as a mode: built, proved by packets, measured, and removed whole."""
    file = stage.folder / "test.conflist"
    file.write_text(json.dumps(CONFLIST))
    mode = f"cni:{file}"
    built = json.loads(s.run(stage.nsglue, "--json", "up", mode))[0]
    s.ok([t["name"] for t in built["taps"]] == ["wire", "bridge_port", "container"] and built["port"] == 9, "cni:FILE is built", built)
    told = s.output_of(stage.nsglue, "check", mode)
    s.ok("probes passed wire, bridge_port, container in this order" in told, "it is proved by packets", told)
    told = s.output_of(stage.nsglue, "show", mode)
    s.ok("-nat-> cni0" in told, "it is shown", told)
    result = json.loads(s.run(stage.hopcost, "run", "--modes", f"host,{mode}", "--builds", "6", "--slot-ms", "40", "--json", "--out",
                              stage.folder / "mode", timeout=120))
    s.check_measured(result, "test-net")
    s.run(stage.nsglue, "down", "test-net")
    left = [n for n in os.listdir("/run/netns") if n.startswith("hc-")] + os.listdir("/var/lib/cni") + [n for n in os.listdir("/run") if "cni" in n]
    s.ok(not left, "nothing is left of it", left)
    CONFLIST["plugins"][0]["type"] = "no-such"
    file.write_text(json.dumps(CONFLIST))
    for command in ([stage.nsglue, "up", mode], [stage.hopcost, "run", "--modes", mode]):
        told = s.output_of(*command)
        s.ok("there is no CNI plugin no-such" in told and "hc-" not in " ".join(os.listdir("/run/netns")), "a plugin that is not there", told)
    file.write_text("{")
    told = s.output_of(stage.nsglue, "up", mode)
    s.ok("this is no JSON object" in told, "a file that is none", told)


def main():
    s.in_namespaces_of_its_own()
    stage = s.Stage(*sys.argv[1:])
    s.run("ip", "netns", "exec", "engine", "sysctl", "-qw", "net.ipv4.ip_forward=1")
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "ipam": IPAM}
    join("published", bridge, {"type": "portmap", "capabilities": {"portMappings": True}},
         ports=[{"hostPort": 700, "containerPort": 7, "protocol": "udp"}])
    join("plain", bridge)
    join("ptp", {"type": "ptp", "ipam": {**IPAM, "ranges": [[{"subnet": "198.18.6.0/24"}]]}})
    join("flat", {"type": "macvlan", "master": "d0", "mode": "bridge", "ipam": FLAT})
    published, plain, ptp, flat = stage.attach("netns:published", "netns:plain", "netns:ptp", "netns:flat")
    s.check_found(published, "bridge nat", ["wire", "bridge_port", "container"], "bridge and portmap", [(700, 7)])
    s.check_found(plain, "bridge", ["wire", "bridge_port", "container"], "bridge", [])
    s.check_found(ptp, "veth", ["wire", "veth", "container"], "ptp")
    s.check_found(flat, "macvlan", ["wire", "container"], "macvlan")
    names = ["netns:published", "netns:plain", "netns:ptp", "netns:flat"]
    s.check_measured(stage.measure(*names), *names[:3], any_cost=names[3:])
    check_ways_in(stage)
    check_outside(stage)
    check_mode(stage)
    s.finish()


main()
