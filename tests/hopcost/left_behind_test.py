#!/usr/bin/env python3
"""What a run leaves: nothing, be it of 256 containers, or killed in the middle and followed by `nsglue down --all`:
left_behind_test.py NSGLUE HOPCOST.

Each part runs in mount, PID and network namespaces of this test's own, with an empty /run, so that all that is there is known. It
speaks TAP.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
from tap import finish, ok

INSIDE = "HOPCOST_LEFT_BEHIND_INSIDE"
the_machines = set()  # ids of mounts that were there before: they go when another run on the machine ends


def output_of(*command):
    """What it printed on standard output; an error when it failed."""
    return subprocess.run([str(c) for c in command], text=True, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120).stdout


def processes():
    """Command lines of all in this PID namespace, without this test (its first process) and those that have ended."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if line and folder.name != "1":
            found.append(line)
    return sorted(found)


def mounts():
    """Fields of proc_pid_mountinfo(5): the first is the mount's id, the fifth where it is."""
    return [line.split() for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]


def standing():
    """All that a run could leave, by kind."""
    folder = pathlib.Path("/run/netns")
    return {
        "names": sorted(p.name for p in folder.iterdir()) if folder.exists() else [],
        "namespaces": sorted(n["ns"] for n in json.loads(output_of("lsns", "--json", "--type", "net", "--output", "NS"))["namespaces"]),
        "links": sorted(link["ifname"] for link in json.loads(output_of("ip", "-json", "link"))),
        "mounts": sorted(m[4] for m in mounts() if m[0] not in the_machines),
        "processes": processes(),
        "rules": output_of("nft", "list", "ruleset"),
    }


def what_differs(before, after):
    return {kind: [before[kind], after[kind]] for kind in before if before[kind] != after[kind]}


def settled(before):
    """What differs once programs that were told to end have had the time; empty: nothing."""
    end = time.monotonic() + 20
    while (differs := what_differs(before, standing())) and time.monotonic() < end:
        time.sleep(0.1)
    return differs


def check_killed(nsglue, hopcost):
    """All programs of the run are killed, so that nobody is left to clean up but `down --all`."""
    before = standing()
    measuring = subprocess.Popen([hopcost, "run", "--modes", "bridge-nat,vxlan,veth-2", "--quiet", "--out", "/run/killed"], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 60
    while len(standing()["names"]) < 6 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(1)
    children = [int(p.name) for p in pathlib.Path("/proc").glob("[0-9]*") if p.name != "1"]
    for pid in children:  # of this PID namespace: hopcost and what it started
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    measuring.wait()
    pathlib.Path("/run/netns/hc-rempty-tester").touch(mode=0)  # as a kill between a name and its mount leaves it
    killed = what_differs(before, standing())
    ok("names" in killed and "mounts" in killed, "the killed run left namespaces", killed)
    output_of(nsglue, "down", "--all")
    differs = settled(before)
    ok(not differs, "down --all removes all that it left", json.dumps(differs, indent=1))


def check_many(hopcost):
    """256 containers in one build."""
    before = standing()
    done = subprocess.run([hopcost, "run", "--containers", "256", "--modes", "bridge", "--builds", "1", "--instances", "1", "--slot-ms", "40", "--quiet",
                           "--json", "--out", "/run/many"], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=280)
    result = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    each = [len(m["containers"]["each"]) for m in result.get("modes", []) if m["name"] == "bridge"]
    ok(bool(result.get("builds")) and each == [256], "256 containers are measured", f"exit {done.returncode}: {each} {done.stderr}")
    differs = settled(before)
    ok(not differs, "they leave nothing", json.dumps(differs, indent=1))


def main():
    if INSIDE not in os.environ or os.getpid() != 1:  # all that can be seen is killed: nowhere but in a namespace of its own
        sys.exit(subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
                                 sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"}).returncode)
    nsglue, hopcost = sys.argv[1:]
    the_machines.update(m[0] for m in mounts())
    output_of("mount", "-t", "tmpfs", "none", "/run")
    output_of("ip", "link", "set", "lo", "up")
    os.mkdir("/run/netns")
    output_of("mount", "--bind", "/run/netns", "/run/netns")  # as nsglue makes it; it stays
    output_of("mount", "--make-shared", "/run/netns")
    check_killed(nsglue, hopcost)
    check_many(hopcost)
    finish()


main()
