#!/usr/bin/env python3
"""pktgen's xdp backend beside xdp-trafficgen (github.com/xdp-project/xdp-tools): same veth, flat out, smallest frames,
interleaved repetitions on the same CPU; an XDP program at the peer drops every frame.

Debian's xdp-tools does not run on new kernels: build a recent one beside, and say where in HOPCOST_XDP_TRAFFICGEN (the path of
the program, or of the built source tree). Without it this is skipped (exit 77) and says so. xdp-trafficgen sends the same 62
bytes over and over; pktgen numbers each frame of 60 bytes, keeps its UDP checksum right, and reads the clock once a frame
unless it is told not to. Rates are read from the sending device's packet counter, in mid-flight. Each round has its own ratio,
and the median of those is held against the goal. Needs root. Exit 1 when a goal is missed.
"""
import argparse
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from veth_pair import DEVICE, FOREIGN_MAC, SENDER, VethPair, flat_out  # noqa: E402

GOALS = {"xdp, numbered": 1.0, "xdp, numbered and stamped": 0.85}
PEER = "xdp-trafficgen"
WARM_UP_S = 1.0
CPU = 0  # xdp-trafficgen pins its first thread there


def peer_program():
    path = os.environ.get("HOPCOST_XDP_TRAFFICGEN", "")
    inside = os.path.join(path, "xdp-trafficgen", "xdp-trafficgen")
    path = inside if os.path.isfile(inside) else path
    return os.path.abspath(path) if os.path.isfile(path) and os.access(path, os.X_OK) else None


def report(rates):
    missed = False
    for name, values in rates.items():
        print(f"{name:26} median {statistics.median(values) / 1e6:6.3f} Mpps (min {min(values) / 1e6:.3f}, max "
              f"{max(values) / 1e6:.3f}, n {len(values)})", end="")
        if name in GOALS:
            ratio = statistics.median(a / b for a, b in zip(values, rates[PEER]) if b > 0)
            missed |= ratio < GOALS[name]
            print(f": {ratio:.2f} x {PEER}, goal {GOALS[name]}: {'ok' if ratio >= GOALS[name] else 'MISSED'}", end="")
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
    peer = peer_program()
    if peer is None:
        skip("HOPCOST_XDP_TRAFFICGEN does not name an xdp-trafficgen")
    ours = [args.pktgen, "--port", f"xdp:{DEVICE}@{SENDER}", "--dst-mac", FOREIGN_MAC, "--size", "64", "--rate", "max",
            "--duration", "60s", "--cpu", str(CPU), "--quiet"]
    senders = {PEER: ["ip", "netns", "exec", SENDER, peer, "udp", "-m", FOREIGN_MAC, DEVICE],
               "xdp, numbered": [*ours, "--no-stamp"], "xdp, numbered and stamped": ours}
    with VethPair(peer_drops=True):
        rates = {name: [] for name in senders}
        for _ in range(args.repeats):
            for name, command in senders.items():
                rates[name].append(flat_out(command, args.seconds, WARM_UP_S))
    sys.exit(1 if report(rates) else 0)


if __name__ == "__main__":
    main()
