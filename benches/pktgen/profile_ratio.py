#!/usr/bin/env python3
"""A profile with four changing fields and the Internet mix beside fixed frames: same port, flat out, interleaved rounds.

There are two fixed frames to compare with: one of 64 bytes, and one of the mix's mean size, which costs the kernel as much as the
mix. The goals are held against the latter. (What making a profile's frame takes by itself is profile_bench.cc's.) The peer drops each
frame early, because it is for another MAC address. Needs root. Exit 1 when a goal is missed.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import arguments, interleaved, report  # noqa: E402
from veth_pair import DEVICE, FOREIGN_MAC, SENDER, VethPair  # noqa: E402

GOAL = 0.8
MEAN_SIZE = 362  # (7 * 64 + 4 * 594 + 1518) / 12 = 361.8
FRAMES = {
    "fixed 64": ["--size", "64"],
    f"fixed {MEAN_SIZE}": ["--size", str(MEAN_SIZE)],
    "profile": ["--profile", "imix-4-fields"],
}


def rate(args, port, frames):
    command = [args.pktgen, "--port", port, "--dst-mac", FOREIGN_MAC, *frames, "--rate", "max", "--duration", f"{args.seconds}s",
               "--cpu", "1", "--json", "--quiet"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)["audit"]["achieved_pps"]


def main():
    args = arguments(__doc__, "pktgen", repeats=7, seconds=0.5)
    all_met = True
    with VethPair():
        for backend in ("af_packet", "af_xdp"):
            port = f"{backend}:{DEVICE}@{SENDER}"
            senders = {f"{backend} {name}": lambda p=port, f=frames: rate(args, p, f) for name, frames in FRAMES.items()}
            all_met &= report(interleaved(senders, args.repeats), {f"{backend} profile": (f"{backend} fixed {MEAN_SIZE}", GOAL)})
    sys.exit(0 if all_met else 1)


if __name__ == "__main__":
    main()
