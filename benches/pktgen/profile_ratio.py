#!/usr/bin/env python3
"""A profile with four changing fields and the Internet mix beside the fixed frame: same port, flat out, interleaved rounds.

Two fixed frames are there to compare with: 64 bytes, and the mix's mean size, which costs the kernel what the mix does. The
goal is held against the latter on every port; on null, which costs nothing, the ratio is only said. The peer drops each frame
early, for it is addressed to a foreign MAC. Medians of the rounds' own ratios: what slows the machine for a while slows both.
Needs root. Exit 1 when a goal is missed.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

GOAL = 0.8
MEAN_SIZE = 362  # (7 * 64 + 4 * 594 + 1518) / 12 = 361.8
SENDER, PEER, DEVICE = "hc-ratio-tx", "hc-ratio-rx", "t0"
FOREIGN_MAC = "02:00:00:00:00:fe"
FRAMES = {
    "fixed 64": ["--size", "64"],
    f"fixed {MEAN_SIZE}": ["--size", str(MEAN_SIZE)],
    "profile": ["--profile", "imix-4-fields"],
}


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


def tear_down():
    for ns in (SENDER, PEER):
        ip("netns", "del", ns, check=False)


def set_up():
    tear_down()
    for ns in (SENDER, PEER):
        ip("netns", "add", ns)
        subprocess.run(["ip", "netns", "exec", ns, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=True)
    ip("link", "add", DEVICE, "netns", SENDER, "type", "veth", "peer", "name", "d0", "netns", PEER)
    ip("-n", SENDER, "link", "set", DEVICE, "up")
    ip("-n", PEER, "link", "set", "d0", "up")


def rate(args, port, frames):
    command = [args.pktgen, "--port", port, "--dst-mac", FOREIGN_MAC, *frames, "--rate", "max", "--duration", f"{args.seconds}s",
               "--cpu", "1", "--json", "--quiet"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)["audit"]["achieved_pps"]


def measure(args, port):
    rounds = []
    for _ in range(args.repeats):
        rounds.append({name: rate(args, port, frames) for name, frames in FRAMES.items()})
    return rounds


def report(backend, rounds, goal):
    medians = {name: statistics.median(r[name] for r in rounds) for name in FRAMES}
    print(f"{backend}: " + ", ".join(f"{name} {value / 1e6:.3f} Mpps" for name, value in medians.items()))
    missed = False
    for name in FRAMES:
        if name == "profile":
            continue
        ratio = statistics.median(r["profile"] / r[name] for r in rounds)
        held = goal is not None and name != "fixed 64"
        verdict = f", goal {goal}: {'ok' if ratio >= goal else 'MISSED'}" if held else ""
        missed |= held and ratio < goal
        print(f"{backend}: profile is {ratio:.2f} x {name}{verdict}")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pktgen", help="path of the pktgen program")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5)
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root: run with sudo")
    missed = False
    try:
        set_up()
        for backend, goal in (("null", None), ("af_packet", GOAL), ("af_xdp", GOAL)):
            port = backend if backend == "null" else f"{backend}:{DEVICE}@{SENDER}"
            missed |= report(backend, measure(args, port), goal)
    finally:
        tear_down()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
