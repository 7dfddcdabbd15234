#!/usr/bin/env python3
"""pktgen's xdp backend beside xdp-trafficgen (github.com/xdp-project/xdp-tools): same veth, flat out, smallest frames,
interleaved rounds on the same CPU. An XDP program at the peer drops every frame.

Debian's xdp-tools does not run on new kernels: build a recent one, and name the program or the built source tree in
HOPCOST_XDP_TRAFFICGEN. Without it the bench says so and is skipped (exit 77). xdp-trafficgen sends the same 62 bytes over and
over. pktgen numbers each frame of 60 bytes, keeps its UDP checksum right, and reads the clock for each frame unless told not to.
Rates are from the sending device's packet counter, read while the programs run. Each round has its own ratio, and the median of
these is held against the goal. Needs root. Exit 1 when a goal is missed.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import arguments, interleaved, report, skip  # noqa: E402
from veth_pair import DEVICE, FOREIGN_MAC, SENDER, VethPair, flat_out  # noqa: E402

PEER = "xdp-trafficgen"
GOALS = {"xdp, numbered": (PEER, 1.0), "xdp, numbered and stamped": (PEER, 0.85)}
WARM_UP_S = 1.0
CPU = 0  # xdp-trafficgen pins its first thread there


def peer_program():
    path = os.environ.get("HOPCOST_XDP_TRAFFICGEN", "")
    inside = os.path.join(path, "xdp-trafficgen", "xdp-trafficgen")
    path = inside if os.path.isfile(inside) else path
    return os.path.abspath(path) if os.path.isfile(path) and os.access(path, os.X_OK) else None


def main():
    args = arguments(__doc__, "pktgen")
    peer = peer_program()
    if peer is None:
        skip("HOPCOST_XDP_TRAFFICGEN does not name an xdp-trafficgen")
    ours = [args.pktgen, "--port", f"xdp:{DEVICE}@{SENDER}", "--dst-mac", FOREIGN_MAC, "--size", "64", "--rate", "max",
            "--duration", "60s", "--cpu", str(CPU), "--quiet"]
    commands = {PEER: ["ip", "netns", "exec", SENDER, peer, "udp", "-m", FOREIGN_MAC, DEVICE],
                "xdp, numbered": [*ours, "--no-stamp"], "xdp, numbered and stamped": ours}
    with VethPair(peer_drops=True):
        rates = interleaved({name: lambda c=command: flat_out(c, args.seconds, WARM_UP_S) for name, command in commands.items()},
                            args.repeats)
    sys.exit(0 if report(rates, GOALS) else 1)


if __name__ == "__main__":
    main()
