#!/usr/bin/env python3
"""What watching costs. One AF_XDP sender runs flat out over a veth pair. Its receiving device is watched by nobody, by 1, 2 and 4
taps of each kind, and by tcpdump and dumpcap writing to /dev/null. All are in one run, interleaved; a tap's cost is by how much
it slows the sender, in ns a packet.

Machines differ by a factor of five in what a packet costs them, taps included. So the goals are shares of an untapped packet's
cost in the same run: bpf at most 0.26 of it (60 of 235 ns, where they were set), a tracepoint 0.21 (50), af_packet 0.53 (125);
and each below tcpdump and dumpcap. A tap's cost is the slope over 0, 1, 2 and 4 of them. Needs root. Exit 1 when a goal is
missed, or when the cost of four taps is more than 35 % off the line.
"""
import os
import shutil
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import arguments, held  # noqa: E402
from veth_pair import DEVICE, FOREIGN_MAC, PEER, PEER_DEVICE, SENDER, Running, VethPair, flat_out  # noqa: E402

GOALS = {"bpf": 60 / 235, "tracepoint": 50 / 235, "af_packet": 125 / 235}
CAPTURERS = ("tcpdump", "dumpcap")
COUNTS = (1, 2, 4)


def watchers(args):
    """{name: command}; None when nobody watches."""
    found = {"nobody": None}
    point = {"bpf": ("bpf", "in"), "tracepoint": ("bpf", "netif_receive_skb"), "af_packet": ("af_packet", "in")}
    for kind, (tap_kind, direction) in point.items():
        for n in COUNTS:
            taps = [w for i in range(n) for w in ("--tap", f"t{i}={PEER_DEVICE}@{PEER}:{direction}")]
            found[f"{kind} x{n}"] = [args.analyzer, "--tap-kind", tap_kind, "--quiet", *taps]
    for tool in CAPTURERS:
        if shutil.which(tool):
            options = ["-Z", "root"] if tool == "tcpdump" else ["-q"]
            found[tool] = ["ip", "netns", "exec", PEER, tool, "-i", PEER_DEVICE, "-w", "/dev/null", *options]
    return {name: command and ["taskset", "-c", str(args.watch_cpu), *command] for name, command in found.items()}


def packet_ns(args, watcher):
    """How many ns a packet takes on the sender's CPU while `watcher` runs."""
    sender = [args.pktgen, "--port", f"af_xdp:{DEVICE}@{SENDER}", "--dst-mac", FOREIGN_MAC, "--size", "64",
              "--rate", "max", "--duration", "60s", "--cpu", str(args.cpu), "--quiet"]
    if watcher is None:
        return 1e9 / flat_out(sender, args.seconds)
    with Running(watcher):
        time.sleep(0.7)  # until its taps are open
        return 1e9 / flat_out(sender, args.seconds)


def slope(by_count):
    """The slope of the least-squares line through {taps: ns}, in ns a tap."""
    n, mean_x, mean_y = len(by_count), statistics.mean(by_count), statistics.mean(by_count.values())
    assert n > 1
    return sum((x - mean_x) * (y - mean_y) for x, y in by_count.items()) / sum((x - mean_x) ** 2 for x in by_count)


def report(costs, base):
    median = {name: statistics.median(values) for name, values in costs.items()}
    untapped = statistics.median(base)
    print(f"untapped: {untapped:.0f} ns a packet")
    for name, ns in median.items():
        print(f"{name:16}{ns:+8.0f} ns a packet (min {min(costs[name]):+.0f}, max {max(costs[name]):+.0f})")
    for c in CAPTURERS:
        if c not in median:
            print(f"{c} is not installed: nothing is compared with it")
    least_capturer = min((median[c] for c in CAPTURERS if c in median), default=None)
    failed = False
    for kind, goal in GOALS.items():
        each = slope({0: 0.0, **{n: median[f"{kind} x{n}"] for n in COUNTS}})
        linear = abs(median[f"{kind} x4"] - 4 * each) <= 0.35 * 4 * each
        below = least_capturer is None or each < least_capturer
        beside = "".join(f", {each / median[c]:.2f} of {c}'s" for c in CAPTURERS if median.get(c, 0) > 0)
        met = held(f"cost of a tap of kind {kind}, share of an untapped packet", each / untapped, goal, "",
                   len(costs[f"{kind} x1"]), at_most=True)
        met = met and linear and below
        failed |= not met
        print(f"{kind:12} {each:.0f} ns a tap, {each / untapped:.3f} of an untapped packet, goal {goal:.3f}{beside}; "
              f"{'' if linear else 'NOT '}linear; {'' if below else 'NOT '}below the capturers: {'met' if met else 'MISSED'}")
    return failed


def measure(args):
    commands = watchers(args)
    costs, base = {name: [] for name in commands if name != "nobody"}, []
    for _ in range(args.repeats):
        for name in costs:  # an untapped run beside each, because what slows the machine for a while slows both
            without = packet_ns(args, None)
            base.append(without)
            costs[name].append(packet_ns(args, commands[name]) - without)
    return costs, base


def main():
    args = arguments(__doc__, "pktgen", "analyzer", seconds=0.4)
    args.cpu, args.watch_cpu = max(os.sched_getaffinity(0)), min(os.sched_getaffinity(0))
    with VethPair():
        costs, base = measure(args)
    sys.exit(1 if report(costs, base) else 0)


if __name__ == "__main__":
    main()
