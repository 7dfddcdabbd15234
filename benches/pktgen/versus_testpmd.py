#!/usr/bin/env python3
"""pktgen beside dpdk-testpmd (Debian's dpdk-dev) in txonly mode: same driver, same veth, same peer, flat out, 64-byte frames,
interleaved repetitions on the same CPU.

On net_null both sides' own counts are read; on a veth pair the sending device's packet counter is, in mid-flight, so that
nobody's start or end counts. The peer drops every frame in an XDP program. testpmd sends frames without a number, a time
or a UDP checksum. Each round has its own ratio, and the median of those is held against the goal. Needs root; without
dpdk-testpmd, or a pktgen that has no dpdk, it says so and is skipped (exit 77). Exit 1 when a goal is missed.
"""
import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from veth_pair import DEVICE, FOREIGN_MAC, SENDER, VethPair  # noqa: E402

WARM_UP_S = 1.0
# sender: (what it is compared with, the least ratio)
GOALS = {
    "dpdk net_null": ("testpmd net_null", 0.9),
    "dpdk net_null, unstamped": ("testpmd net_null", 1.0),
    "dpdk net_af_xdp": ("testpmd net_af_xdp", 1.0),
    "af_xdp": ("testpmd net_af_xdp", 1.0),
}
EAL = ["--no-pci", "--no-huge", "-m", "512", "--no-shconf", "--no-telemetry", "--log-level=error"]


def testpmd(vdev, cpu):
    """Core 1 - cpu is testpmd's control thread and sleeps; `cpu` forwards."""
    return ["dpdk-testpmd", f"--lcores=0@{1 - cpu},1@{cpu}", *EAL, f"--vdev={vdev}", "--", "--forward-mode=txonly",
            "--auto-start", "--stats-period=1", "--total-num-mbufs=16384", f"--eth-peer=0,{FOREIGN_MAC}"]


def pktgen(program, port, cpu, *more):
    return [program, "--port", port, "--dst-mac", FOREIGN_MAC, "--size", "64", "--rate", "max", "--cpu", str(cpu), "--quiet",
            *more]


def end(child):
    os.killpg(child.pid, signal.SIGINT)
    try:
        return child.communicate(timeout=5)[0]
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return child.communicate()[0]


def start(command, prefix=()):
    return subprocess.Popen([*prefix, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True, start_new_session=True)


def testpmd_own_rate(cpu, seconds):
    """The median of what it prints each second; its first second is its start."""
    child = start(testpmd("net_null0", cpu))
    time.sleep(seconds + 2.5)
    rates = [int(r) for r in re.findall(r"Tx-pps:\s+(\d+)", end(child))]
    return statistics.median(r for r in rates[1:] if r > 0)


def pktgen_own_rate(program, cpu, seconds, *more):
    out = subprocess.run(pktgen(program, "dpdk:net_null", cpu, "--duration", f"{seconds}s", "--json", *more), check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)["audit"]["achieved_pps"]


def device_rate(pair, child, seconds):
    try:
        time.sleep(WARM_UP_S)
        t0, n0 = pair.sent()
        time.sleep(seconds)
        t1, n1 = pair.sent()
    finally:
        end(child)
    return (n1 - n0) / (t1 - t0)


def senders(args, pair):
    cpu, p = 1, args.pktgen

    def af_xdp_of_testpmd():
        child = start(testpmd(f"net_af_xdp0,iface={DEVICE}", cpu), ["ip", "netns", "exec", SENDER])
        return device_rate(pair, child, args.seconds)

    def run(port):
        return device_rate(pair, start(pktgen(p, f"{port}@{SENDER}", cpu, "--duration", "60s")), args.seconds)

    return {
        "testpmd net_null": lambda: testpmd_own_rate(cpu, args.seconds),
        "dpdk net_null": lambda: pktgen_own_rate(p, cpu, args.seconds),
        "dpdk net_null, unstamped": lambda: pktgen_own_rate(p, cpu, args.seconds, "--no-stamp"),
        "testpmd net_af_xdp": af_xdp_of_testpmd,
        "dpdk net_af_xdp": lambda: run(f"dpdk:net_af_xdp,iface={DEVICE}"),
        "af_xdp": lambda: run(f"af_xdp:{DEVICE}"),
    }


def report(rates):
    missed = False
    for name, values in rates.items():
        print(f"{name:26} median {statistics.median(values) / 1e6:7.3f} Mpps (min {min(values) / 1e6:.3f}, max "
              f"{max(values) / 1e6:.3f}, n {len(values)})", end="")
        if name in GOALS:
            base, goal = GOALS[name]
            ratio = statistics.median(a / b for a, b in zip(values, rates[base]) if b > 0)
            missed |= ratio < goal
            print(f": {ratio:.2f} x {base}, goal {goal}: {'ok' if ratio >= goal else 'MISSED'}", end="")
        print()
    return missed


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pktgen", help="path of the pktgen program")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    args = parser.parse_args()
    if os.geteuid() != 0:
        skip("needs root: run with sudo")
    if not shutil.which("dpdk-testpmd"):
        skip("dpdk-testpmd is not there: apt install dpdk-dev")
    if not re.search(r"^dpdk\s+built", subprocess.run([args.pktgen, "--list-backends"], capture_output=True, text=True).stdout,
                     re.M):
        skip("this pktgen has no dpdk backend: apt install libdpdk-dev, and build again")
    with VethPair(peer_drops=True) as pair:
        each = senders(args, pair)
        rates = {name: [] for name in each}
        for _ in range(args.repeats):
            for name, rate in each.items():
                rates[name].append(rate())
    sys.exit(1 if report(rates) else 0)


if __name__ == "__main__":
    main()
