#!/usr/bin/env python3
"""memory.py ANALYZER: what the analyzer holds in memory at its most (VmHWM), with three taps on a veth pair, while traffic
comes in that means it ill: more flows than are told apart, sequences that jump, chance magic, times from anywhere, others'
frames. At the defaults at most 16 MiB; with --memory what it says, down to the least it takes: while setting up as from then
on. With bpf one of the taps is at a tracepoint."""
import ctypes
import itertools
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cross"))
from captures import frame  # noqa: E402
from resident import peak_kib, resident_at_most  # noqa: E402

A, B = f"hc-mem{os.getpid()}-a", f"hc-mem{os.getpid()}-b"
LAST_POINT = {"bpf": "netif_receive_skb", "af_packet": "in"}
FRAMES = 60_000
os.environ.pop("MALLOC_PERTURB_", None)  # Meson sets it: filling what is allocated makes it resident


def taps(kind):
    return ["--tap", f"a=v0@{A}:out", "--tap", f"b=v1@{B}:in", "--tap", f"c=v1@{B}:{LAST_POINT[kind]}", "--tap-kind", kind, "--json"]


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def hostile_frames():
    rng = random.Random(3)
    now = time.time_ns()
    for i in itertools.count():
        kind = i % 8
        if kind == 0:
            yield os.urandom(60)
        elif kind == 1:  # a flow of its own each
            yield frame(i % 65536, i, now)
        elif kind == 2:  # jumps
            yield frame(7, rng.randrange(2**48), now)
        elif kind == 3:  # latencies over the whole range of a histogram
            yield frame(8, i, now - 10 ** rng.randrange(1, 11) * rng.randrange(1, 10))
        else:
            yield frame(kind, i // 8, now)


def send(count):
    """From within namespace A; the caller is a child process."""
    descriptor = os.open(f"/run/netns/{A}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0) != 0:
        raise OSError("setns")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("v0", 0))
        for data in itertools.islice(hostile_frames(), count):
            s.send(data)


def measure(analyzer, options):
    """KiB at the most while setting up, and from then on; what the program says in the end. Nothing where it refuses."""
    program = subprocess.Popen([analyzer, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096)
    said = b""
    while b"watching" not in (line := program.stderr.readline()):
        said += line
        if not line:
            if program.wait() == 2 and b"need at least" in said:
                return None
            raise SystemExit(f"the analyzer ended: {options}: {said.decode()}")
    time.sleep(0.3)
    set_up = resident_at_most(program.pid)
    with open(f"/proc/{program.pid}/clear_refs", "w") as peak:
        peak.write("5")  # VmHWM counts from here
    child = os.fork()
    if child == 0:
        send(FRAMES)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit("the sender failed")
    time.sleep(0.3)
    program.send_signal(signal.SIGINT)
    most = peak_kib(program)
    text = program.stdout.read()
    program.wait()
    return set_up, most, json.loads(text)


def least(analyzer, kind):
    refused = subprocess.run([analyzer, *taps(kind), "--memory", "1M"], capture_output=True, text=True)
    return int(re.search(r"at least (\d+) KiB", refused.stderr).group(1))


def at_its_least(analyzer, kind):
    """What it takes depends on how much of the program is in memory by then, which is not the same each time."""
    for _ in range(5):
        at_least = least(analyzer, kind)
        if measured := measure(analyzer, [*taps(kind), "--memory", f"{at_least}k"]):
            return at_least, measured
    raise SystemExit(f"refuses what it says it takes: {at_least} KiB")


def main():
    analyzer = sys.argv[1]
    if os.geteuid() != 0 or subprocess.run(["ip", "netns", "add", A], capture_output=True).returncode != 0:
        print("needs root and network namespaces")
        return 77
    failed = False
    try:
        ip("netns", "add", B)
        ip("-n", A, "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", B)
        ip("-n", A, "link", "set", "v0", "up")
        ip("-n", B, "link", "set", "v1", "up")
        kinds = subprocess.run([analyzer, "--list-taps"], capture_output=True, text=True).stdout
        for kind in re.findall(r"^(\w+) +usable", kinds, re.M):
            if kind not in LAST_POINT:  # libpcap: its buffers are the library's own
                continue
            for promise, (set_up, most, result) in ((16 * 1024, measure(analyzer, taps(kind))), at_its_least(analyzer, kind)):
                arrived = sum(result["taps"][1][k] for k in ("seen", "duplicates", "ambiguous", "ring_drops"))
                print(f"{kind}: {most} KiB of {promise}, {set_up} while setting up; of {FRAMES} frames {arrived} probes at a tap")
                failed |= max(set_up, most) > promise or arrived < FRAMES // 4
    finally:
        for name in (A, B):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return failed


sys.exit(main())
