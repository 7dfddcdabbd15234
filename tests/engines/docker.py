#!/usr/bin/env python3
"""Docker's containers as they run: docker.py NSGLUE HOPCOST."""
import json
import os
import signal
import subprocess
import sys

import sandbox as s

SOCKET = "unix:///run/docker-test.sock"
os.environ["DOCKER_HOST"] = SOCKET


def start_daemon(stage):
    log = open(stage.folder / "dockerd.log", "w")
    command = ["nsenter", "--net=/run/netns/engine", "sh", "-c", 'ulimit -n 20000; exec "$@"', "sh", "dockerd", "--host", SOCKET,
               "--data-root", "/var/lib/docker", "--exec-root", "/run/docker", "--pidfile", "/run/dockerd.pid", "--cgroup-parent",
               "/" + s.GROUP, "--storage-driver", "vfs"]
    daemon = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        s.wait_until(lambda: subprocess.run(["docker", "version"], capture_output=True).returncode == 0, "dockerd")
    except RuntimeError:
        print((stage.folder / "dockerd.log").read_text(), file=sys.stderr)
        raise
    return daemon


def container(name, *options):
    s.run("docker", "run", "-d", "--name", name, *options, "busybox", "sleep", "600")


def check_refusals(stage):
    code, said = stage.refused("docker:nobody")
    s.ok(code == 4 and "docker shows no container 'nobody'" in said and "docker ps" in said, "a container that is not there", said)
    s.run("docker", "create", "--name", "idle", "busybox", "sleep", "600")
    code, said = stage.refused("docker:idle")
    s.ok(code == 4 and "does not run" in said and "docker start idle" in said, "a container that does not run", said)
    os.environ["DOCKER_HOST"] = "unix:///run/no.sock"
    code, said = stage.refused("docker:web")
    s.ok(code == 4 and "systemctl start docker" in said, "no daemon", said)
    os.environ["DOCKER_HOST"] = SOCKET


def web_less_ours(stage, when):
    """Docker's published bridge and ours in one run; how much more docker's costs, ns, and the interval."""
    result = stage.measure("docker:web", modes=["bridge-nat"])
    modes = {m["name"]: m for m in result["modes"]}
    pair = next(p for p in result["pairs"] if {p["a"], p["b"]} == {"docker:web", "bridge-nat"})
    s.ok(set(modes) == {"host", "docker:web", "bridge-nat"} and pair["ci95"], f"docker's bridge and ours in one run, {when}", json.dumps(pair))
    sign = 1 if pair["a"] == "docker:web" else -1
    low, high = sorted(sign * end for end in pair["ci95"])
    print(f"# docker:web less bridge-nat, {when}: {sign * pair['estimate_ns']:.0f} [{low:.0f}, {high:.0f}] ns")
    return sign * pair["estimate_ns"], low, high


def check_against_ours(stage):
    """The costs are the same, or the difference is that of docker's FORWARD chain: some eight rules, where ours has two. NAT and connection tracking
    are in both; br_netfilter sees no packet that is routed into a bridge."""
    made, low, high = web_less_ours(stage, "as docker made it")
    s.inside("engine", "iptables", "-P", "FORWARD", "ACCEPT")
    s.inside("engine", "iptables", "-F", "FORWARD")
    without, _, _ = web_less_ours(stage, "without docker's FORWARD chain")
    s.ok(low <= 0 <= high or without < made, "what docker's bridge costs beyond ours is its FORWARD chain", f"{made} and {without} ns")


def main():
    s.in_namespaces_of_its_own()
    stage = s.Stage(*sys.argv[1:])
    daemon = start_daemon(stage)
    s.run("docker", "import", stage.image, "busybox")
    s.run("docker", "network", "create", "--driver", "macvlan", "--subnet", "198.18.0.0/24", "--ip-range", "198.18.0.128/25",
          "--opt", "parent=d0", "flat")
    container("web", "-p", "9:9/udp")
    container("db", "-p", "5353:53/udp")
    container("bare", "--network", "host")
    container("flat", "--network", "flat", "--ip", "198.18.0.130")
    web, db, flat = stage.attach("docker:web", "docker:db", "docker:flat")
    s.check_found(web, "bridge nat", ["wire", "bridge_port", "container"], "docker:web", [(9, 9)])
    s.check_found(db, "bridge nat", ["wire", "bridge_port", "container"], "docker:db", [(5353, 53)])
    s.check_found(flat, "macvlan", ["wire", "container"], "docker:flat")
    s.check_found(stage.attach("docker:bare")[0], "host", ["wire"], "docker:bare")
    check_refusals(stage)
    s.check_measured(stage.measure("docker:web", "docker:db", "docker:flat", "docker:bare"), "docker:web", "docker:db",
                     any_cost=("docker:flat", "docker:bare"))
    check_against_ours(stage)
    cells = s.check_lifecycle(stage, "docker:busybox", "--containers", "1,2", "--engine-arguments", "--cgroup-parent=/" + s.GROUP)["cells"]
    s.ok([(c["containers"], c["manner"]) for c in cells if c["engine"] == "docker"] == [(1, "one by one"), (2, "one by one"), (2, "at once")],
         "docker's cells", cells)
    s.ok("hopcost-life" not in s.run("docker", "ps", "--all"), "no container of ours is left")
    s.check_stopped(stage, "docker:web", "docker", "kill", "web")
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(timeout=30)
    s.finish()


main()
