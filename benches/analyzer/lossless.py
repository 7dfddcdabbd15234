#!/usr/bin/env python3
"""How many packets a second three taps take without losing one, and whether losses are counted when there are more.

    sudo lossless.py PKTGEN ANALYZER [--seconds 60]      the highest lossless rate, beside the goal of 1 Mpps for 60 s
    sudo lossless.py PKTGEN ANALYZER --overload-only     only the accounting, in a few seconds

The in-kernel XDP sender runs on two CPUs (it costs half of AF_XDP per packet, and on a small machine sending is the limit). It
sends over a veth pair with three taps of one kind on the receiving device, whose stack then drops the frames, all on the CPU that
sends.

Lossless means: no ring dropped anything, and every tap saw every probe, which was brought together. For the overload, rings are
as small as they may be, and the reader is stopped for most of the time, so that it can only take a fraction. Then at each tap, to
the packet: sent = seen + dropped by the ring + lost on the way; the last is what the device has not received. Needs root. Exit 1
when the accounting fails anywhere, or when a ring never dropped under overload. A rate below 1 Mpps is printed and is no failure,
because machines differ."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import held  # noqa: E402
from veth_pair import DEVICE, FOREIGN_MAC, PEER, PEER_DEVICE, SENDER, VethPair, ip  # noqa: E402

KINDS = ("bpf", "af_packet")
TAPS = ("a", "b", "c")
GOAL_PPS = 1_000_000
BURST = 64  # packets a system call


def usable_kinds(analyzer, asked):
    lines = subprocess.run([analyzer, "--list-taps"], check=True, capture_output=True, text=True).stdout.splitlines()
    there = {line.split()[0] for line in lines if line.split()[1:] == ["usable"]}
    return [kind for kind in asked if kind in there]


def received():
    return json.loads(ip("-n", PEER, "-j", "-s", "link", "show", PEER_DEVICE))[0]["stats64"]["rx"]["packets"]


class Analyzer:
    """An analyzer that watches during the block; then `result` has its result."""

    def __init__(self, args, kind, ring_bytes):
        taps = [word for t in TAPS for word in ("--tap", f"{t}={PEER_DEVICE}@{PEER}:in")]
        self.command = [args.analyzer, "--json", "--tap-kind", kind, *taps]
        self.command += ["--ring-bytes", ring_bytes]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if "watching" not in line:
            self.process.wait()
            raise RuntimeError(line)
        time.sleep(0.4)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            time.sleep(0.3)
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        out = self.process.communicate(timeout=60)[0]
        self.result = json.loads(out) if out else None

    def starve(self, stop, working_s=0.01, stopped_s=0.4):
        while not stop.wait(working_s):
            self.process.send_signal(signal.SIGSTOP)
            stop.wait(stopped_s)
            self.process.send_signal(signal.SIGCONT)


def send(args, rate, *amount):
    """Gives (packets sent, packets a second)."""
    cpus = args.cpu if args.backend == "xdp" else args.cpu[:1]
    port = f"{args.backend}:{DEVICE}@{SENDER},queue=0-{len(cpus) - 1}"
    out = subprocess.run([args.pktgen, "--port", port, "--dst-mac", FOREIGN_MAC, "--size", "64", "--rate", rate, "--burst", str(BURST),
                          *amount, "--cpu", ",".join(map(str, cpus)), "--quiet", "--json"], check=True, capture_output=True, text=True).stdout
    result = json.loads(out.splitlines()[-1])
    return result["sent"], result["sent"] * 1e9 / result["elapsed_ns"]


def choose_backend(args):
    """The backend that was asked for, or AF_XDP when the kernel does not support it. None when neither works."""
    for args.backend in (args.backend, "af_xdp"):
        try:
            send(args, "max", "--count", "100")
            return args.backend
        except subprocess.CalledProcessError as e:
            print(e.stderr.strip())
    return None


def run(args, kind, rate, *amount, ring_bytes="8M", starved=False):
    before = received()
    with Analyzer(args, kind, ring_bytes) as analyzer:
        stop = threading.Event()
        starver = threading.Thread(target=analyzer.starve, args=(stop,))
        if starved:
            starver.start()
        try:
            sent, pps = send(args, rate, *amount)
        finally:
            stop.set()
            if starved:
                starver.join()
    return sent, pps, received() - before, analyzer.result


def faults(sent, arrived, result):
    """What does not add up, counting each packet."""
    found = []
    for tap in result["taps"]:
        lost = sent - arrived
        if sent - tap["seen"] != tap["ring_drops"] + lost:
            found.append(f"tap {tap['name']}: {sent} sent, {tap['seen']} seen, {tap['ring_drops']} dropped, {lost} lost on the way")
        if tap["duplicates"] + tap["ambiguous"] != 0:
            found.append(f"tap {tap['name']}: {tap['duplicates']} duplicates, {tap['ambiguous']} ambiguous of none that were sent")
    for hop, first in zip(result["hops"], result["taps"]):
        if hop["count"] + hop["lost"] + hop["out_of_range"] != first["seen"]:
            found.append(f"hop {hop['from']} > {hop['to']}: {hop['count']} + {hop['lost']} are not the {first['seen']} seen")
    return found


def is_lossless(sent, result):
    return (all(t["seen"] == sent and t["ring_drops"] == 0 for t in result["taps"]) and
            all(h["count"] == sent for h in result["hops"]) and result["evicted"] == 0)


def overload(args, kind):
    sent, pps, arrived, result = run(args, kind, "max", "--count", str(args.overload_packets), ring_bytes="512K", starved=True)
    drops = [t["ring_drops"] for t in result["taps"]]
    found = faults(sent, arrived, result)
    if min(drops) == 0:
        found.append("no ring dropped anything: this was no overload")
    print(f"{kind}: overload: {sent} sent at {pps / 1e3:.0f} kpps, {sent - arrived} lost on the way, dropped by the rings {drops}, "
          f"seen {[t['seen'] for t in result['taps']]}: {'; '.join(found) or 'all accounted for'}", flush=True)
    return bool(found)


def attempt(args, kind, rate, *amount):
    """Runs at this rate. Gives whether it was lossless, its packets a second, what to print, and whether its accounts are
    wrong."""
    sent, pps, arrived, result = run(args, kind, rate, *amount)
    found = faults(sent, arrived, result)
    lossless = is_lossless(sent, result)
    why = "lossless" if lossless else f"ring drops {[t['ring_drops'] for t in result['taps']]}, lost {[t['lost'] for t in result['taps']]}, " \
        f"given up {result['evicted']}, {sent - arrived} lost on the way"
    text = f"{sent} packets at {pps / 1e3:.0f} kpps in {sent / pps:.1f} s, three taps: {'; '.join([why, *found])}"
    return lossless, pps, text, bool(found)


def highest(args, kind):
    """Searches the highest rate at which a short run loses nothing, then holds it for as long as asked. True when accounts were
    wrong."""
    lossless, flat_out, text, failed = attempt(args, kind, "max", "--count", str(args.overload_packets))
    print(f"{kind}: flat out: {text}", flush=True)
    low, high = (flat_out, flat_out) if lossless else (0.0, flat_out)
    for _ in range(0 if lossless else args.steps):
        middle = (low + high) / 2
        lossless, pps, text, wrong = attempt(args, kind, f"{middle:.0f}pps", "--duration", f"{args.step_seconds}s")
        print(f"{kind}: {text}", flush=True)
        failed |= wrong
        low, high = (middle, high) if lossless else (low, middle)
    if low == 0:
        print(f"{kind}: no lossless rate was found")
        return failed
    # A sender flat out is its own limit. Otherwise a little below the rate found, because a longer run meets more.
    rate = "max" if low == flat_out else f"{0.95 * low:.0f}pps"
    lossless, pps, text, wrong = attempt(args, kind, rate, "--duration", f"{args.seconds}s")
    held(f"lossless through three {kind} taps for {args.seconds:.0f} s", pps / 1e6, GOAL_PPS / 1e6, "Mpps", 1)
    limit = "the sender is the limit" if rate == "max" else "the taps are the limit"
    print(f"{kind}: held: {text}: {pps / GOAL_PPS:.2f} of 1 Mpps; {limit}", flush=True)
    return failed or wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pktgen")
    parser.add_argument("analyzer")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--step-seconds", type=float, default=2)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--backend", default="xdp", help="pktgen's: xdp or af_xdp")
    parser.add_argument("--overload-only", action="store_true")
    parser.add_argument("--overload-packets", type=int, default=300_000)
    parser.add_argument("--cpu", type=lambda text: [int(cpu) for cpu in text.split(",")], help="a sender on each: 0,1",
                        default=sorted(os.sched_getaffinity(0))[-2:])
    args = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("ethtool"):
        print("needs root, ip(8) and ethtool(8)")
        sys.exit(77)
    failed = False
    with VethPair(queues=len(args.cpu)):
        # Otherwise a veth takes no frames from XDP (veth_xdp_xmit() needs the peer's NAPI).
        subprocess.run(["ip", "netns", "exec", PEER, "ethtool", "-K", PEER_DEVICE, "gro", "on"], check=True, capture_output=True)
        if not choose_backend(args):
            sys.exit(77)
        for kind in usable_kinds(args.analyzer, args.kinds.split(",")):
            failed |= overload(args, kind)
            if not args.overload_only:
                failed |= highest(args, kind)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
