#!/usr/bin/env python3
"""pktgen reflect beside dpdk-testpmd (Debian's dpdk-dev) in its 5tswap mode, which swaps MAC addresses, IP addresses and ports.
It compares what each sends back of the same flat-out stream, on the same veth pair and CPU, in interleaved rounds.

Both send the frame back from the memory in which it was received. pktgen also finds the probe, counts it, writes its residence,
and adjusts the checksum. The sending device counts what comes back; its counter is read while the programs run. Needs root.
Without dpdk-testpmd, or when pktgen has no dpdk, it says so and is skipped (exit 77). Exit 1 when a goal is missed.
"""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import arguments, interleaved, report  # noqa: E402
from testpmd import EAL, need_dpdk  # noqa: E402
from veth_pair import DEVICE, PEER, PEER_DEVICE, SENDER, Running, VethPair, ip  # noqa: E402

WARM_UP_S = 1.5
GOALS = {"reflect, dpdk net_af_xdp": ("testpmd 5tswap", 0.9), "reflect, af_xdp": ("testpmd 5tswap", 0.9)}


def link(namespace, device):
    return json.loads(ip("-n", namespace, "-j", "-s", "link", "show", device))[0]


def came_back():
    return time.monotonic(), link(SENDER, DEVICE)["stats64"]["rx"]["packets"]


def rate(args, reflector):
    """Packets a second that come back to the sender, which has CPU 0; the reflector has CPU 1."""
    sender = [args.pktgen, "--port", f"af_packet:{DEVICE}@{SENDER}", "--dst-mac", link(PEER, PEER_DEVICE)["address"], "--size", "64",
              "--rate", "max", "--duration", "60s", "--cpu", "0", "--quiet"]
    with Running(reflector):
        time.sleep(WARM_UP_S)
        with Running(sender):
            time.sleep(WARM_UP_S)
            t0, n0 = came_back()
            time.sleep(args.seconds)
            t1, n1 = came_back()
    return (n1 - n0) / (t1 - t0)


def reflectors(args):
    def pktgen(port):
        return rate(args, [args.pktgen, "reflect", "--port", f"{port}@{PEER}", "--cpu", "1", "--quiet"])

    testpmd = ["ip", "netns", "exec", PEER, "dpdk-testpmd", "--lcores=0@0,1@1", *EAL, f"--vdev=net_af_xdp0,iface={PEER_DEVICE}", "--",
               "--forward-mode=5tswap", "--auto-start", "--stats-period=1", "--total-num-mbufs=16384"]
    return {
        "testpmd 5tswap": lambda: rate(args, testpmd),
        "reflect, dpdk net_af_xdp": lambda: pktgen(f"dpdk:net_af_xdp,iface={PEER_DEVICE}"),
        "reflect, af_xdp": lambda: pktgen(f"af_xdp:{PEER_DEVICE}"),
    }


def main():
    args = arguments(__doc__, "pktgen")
    need_dpdk(args.pktgen)
    with VethPair():
        rates = interleaved(reflectors(args), args.repeats)
    sys.exit(0 if report(rates, GOALS) else 1)


if __name__ == "__main__":
    main()
