#!/usr/bin/env python3
"""pktgen beside dpdk-testpmd (Debian's dpdk-dev) in txonly mode: same driver, same veth, same peer, flat out, 64-byte frames,
interleaved rounds on the same CPU.

On net_null each program's own counts are used. On a veth pair it is the sending device's packet counter, read while the program
runs, so that its start and end do not count. The peer drops every frame in an XDP program. testpmd sends frames without a number,
a time or a UDP checksum. Each round has its own ratio, and the median of these is held against the goal. Needs root. Without
dpdk-testpmd, or when pktgen has no dpdk, it says so and is skipped (exit 77). Exit 1 when a goal is missed.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import arguments, interleaved, report  # noqa: E402
from testpmd import EAL, need_dpdk  # noqa: E402
from veth_pair import DEVICE, FOREIGN_MAC, SENDER, Running, VethPair, flat_out  # noqa: E402

WARM_UP_S = 1.0
# sender: (sender it is compared with, the least ratio)
GOALS = {
    "dpdk net_null": ("testpmd net_null", 1.0),
    "dpdk net_null, unstamped": ("testpmd net_null", 1.0),
    "dpdk net_af_xdp": ("testpmd net_af_xdp", 1.0),
    "af_xdp": ("testpmd net_af_xdp", 1.05),
}


def testpmd(vdev, cpu):
    """The command line. testpmd's control thread is on the other CPU, 1 - cpu, and sleeps; `cpu` forwards."""
    return ["dpdk-testpmd", f"--lcores=0@{1 - cpu},1@{cpu}", *EAL, f"--vdev={vdev}", "--", "--forward-mode=txonly",
            "--auto-start", "--stats-period=1", "--total-num-mbufs=16384", f"--eth-peer=0,{FOREIGN_MAC}"]


def pktgen(program, port, cpu, *more):
    return [program, "--port", port, "--dst-mac", FOREIGN_MAC, "--size", "64", "--rate", "max", "--cpu", str(cpu), "--quiet",
            *more]


START_S = 30  # the most that testpmd may take to begin: the first time its libraries come from the disk


def testpmd_own_rate(cpu, seconds):
    """The median of the rates that it prints each second, without the first, which holds its start."""
    until = time.monotonic() + START_S
    with tempfile.TemporaryFile() as out, Running(testpmd("net_null0", cpu), out):
        while time.monotonic() < until:
            time.sleep(0.2)
            printed = os.pread(out.fileno(), 1 << 20, 0).decode()  # leaves the place where testpmd writes next
            rates = [int(r) for r in re.findall(r"Tx-pps:\s+([1-9]\d*)\b.*\n", printed)]
            if len(rates) > max(1, seconds):
                return statistics.median(rates[1:])
    raise RuntimeError(f"testpmd printed no rates within {START_S} s")


def pktgen_own_rate(program, cpu, seconds, *more):
    out = subprocess.run(pktgen(program, "dpdk:net_null", cpu, "--duration", f"{seconds}s", "--json", *more), check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)["audit"]["achieved_pps"]


def senders(args):
    cpu, p = 1, args.pktgen

    def run(port):
        return flat_out(pktgen(p, f"{port}@{SENDER}", cpu, "--duration", "60s"), args.seconds, WARM_UP_S)

    return {
        "testpmd net_null": lambda: testpmd_own_rate(cpu, args.seconds),
        "dpdk net_null": lambda: pktgen_own_rate(p, cpu, args.seconds),
        "dpdk net_null, unstamped": lambda: pktgen_own_rate(p, cpu, args.seconds, "--no-stamp"),
        "testpmd net_af_xdp": lambda: flat_out(
            ["ip", "netns", "exec", SENDER, *testpmd(f"net_af_xdp0,iface={DEVICE}", cpu)], args.seconds, WARM_UP_S),
        "dpdk net_af_xdp": lambda: run(f"dpdk:net_af_xdp,iface={DEVICE}"),
        "af_xdp": lambda: run(f"af_xdp:{DEVICE}"),
    }


def main():
    args = arguments(__doc__, "pktgen")
    need_dpdk(args.pktgen)
    with VethPair(peer_drops=True):
        rates = interleaved(senders(args), args.repeats)
    sys.exit(0 if report(rates, GOALS) else 1)


if __name__ == "__main__":
    main()
