#!/usr/bin/env python3
"""Why taps that are open together cost less than the sum of what each costs alone.

A bridge is built twice. The second is the reference: only the tap at its end is open. On the first, the tap at the wire, the one
at the bridge's port, both or none are open besides. The excess is what the two cost alone less what they cost together. Between
the two a tc program does one of four things: nothing, wait, run code as large as the CPU's first instruction cache, or read as
much data. If the second tap is cheaper because the first has brought their common code into that cache, then the program that
runs code removes the excess, and the other two do not.

  sudo benches/analyzer/taps_together.py PKTGEN ANALYZER NSGLUE [--rounds 20]

Senders alternate between the two bridges train by train, so that a slow moment affects both. Prints the excess for each program,
with a 95 % interval over rounds (Student's t). Needs root, clang, libbpf's headers and iproute2."""
import argparse
import base64
import json
import math
import os
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import zlib

INSTANCES = ("together-a", "together-b")
WIRE, PORT, END = "wire=d0@{0}-dut:in", "port=v0@{0}-dut:out", "end=eth0@{0}-container:in"
OPEN = {"none": [], "wire": [WIRE], "port": [PORT], "both": [WIRE, PORT]}

PREAMBLE = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define PROGRAM __attribute__((section("tc"), used)) int between(struct __sk_buff* c)
"""
# They return TC_ACT_UNSPEC, so that the packet goes on. On x86-64, an XOR with an immediate is 7 bytes.
PROGRAMS = {
    "nothing": PREAMBLE + "PROGRAM { (void)c; return -1; }",
    "wait": PREAMBLE + """PROGRAM { (void)c;
        asm volatile("r1 = 3000\\n1: r1 -= 1\\nif r1 != 0 goto 1b\\n" ::: "r1"); return -1; }""",
    "code": PREAMBLE + """PROGRAM { (void)c;
        asm volatile("r1 = 1\\nr2 = 1\\nr3 = 1\\nr4 = 1\\n.rept 2000\\nr1 ^= 0x12345678\\nr2 ^= 0x12345678\\nr3 ^= 0x12345678\\n"
                     "r4 ^= 0x12345678\\n.endr\\n" ::: "r1", "r2", "r3", "r4"); return -1; }""",
    "data": PREAMBLE + """
        struct block { char bytes[65536]; };
        struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct block); }
            blocks SEC(".maps");
        PROGRAM { (void)c; __u32 zero = 0; volatile struct block* b = bpf_map_lookup_elem(&blocks, &zero); int sum = 0;
        if (b) for (__u32 i = 0; i < 1024; ++i) sum += b->bytes[(i * 64) & 65535];
        return sum == 12345 ? -2 : -1; }""",
}


def call(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Bridges:
    def __init__(self, nsglue):
        self.nsglue = nsglue

    def __enter__(self):
        for instance in INSTANCES:
            call(self.nsglue, "up", "bridge", "--instance", instance)
        return self

    def __exit__(self, *_):
        call(self.nsglue, "down", *INSTANCES)


class Between:
    """A program between the taps of the first bridge while the block lasts."""

    def __init__(self, name, folder):
        self.path, self.tc = os.path.join(folder, name + ".o"), ["tc", "-n", f"hc-{INSTANCES[0]}-dut"]
        subprocess.run(["clang", "-O2", "-target", "bpf", "-g", "-I", "/usr/include/x86_64-linux-gnu", "-c", "-x", "c", "-", "-o", self.path],
                       input=PROGRAMS[name], text=True, check=True)

    def __enter__(self):
        call(*self.tc, "qdisc", "add", "dev", "d0", "clsact")
        call(*self.tc, "filter", "add", "dev", "d0", "ingress", "bpf", "da", "obj", self.path, "sec", "tc")

    def __exit__(self, *_):
        call(*self.tc, "qdisc", "del", "dev", "d0", "clsact")


def watch(analyzer, instance, taps):
    words = [w for tap in [*taps, END] for w in ("--tap", tap.format("hc-" + instance))]
    process = subprocess.Popen([analyzer, "--json", "--tap-kind", "bpf", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    line = process.stderr.readline()
    if "watching" not in line:
        process.kill()
        raise RuntimeError(line)
    return process


def counts_of(histogram):
    """(counts, bits of half a bucket) of an HdrHistogram in base64. The format is V2 (described in HdrHistogram's own sources):
    counts are ZigZag LEB128, and a negative one stands for so many zeros."""
    inner = zlib.decompress(base64.b64decode(histogram)[8:])
    digits, lowest = struct.unpack(">iq", inner[12:24])
    assert lowest == 1
    counts, at = [], 40
    while at < len(inner):
        number = shift = 0
        while True:
            byte, at = inner[at], at + 1
            number |= (byte if shift == 56 else byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift == 63:
                break
        count = number >> 1 ^ -(number & 1)
        counts += [0] * -count if count < 0 else [count]
    return counts, math.ceil(math.log2(2 * 10**digits)) - 1


def median_of(histogram):
    counts, half_bits = counts_of(histogram)
    left = sum(counts) / 2
    for index, count in enumerate(counts):
        if left <= count:
            bucket = max(0, (index >> half_bits) - 1)
            value = index - (bucket << half_bits)
            return (value << bucket) + left / count * (1 << bucket)
        left -= count
    raise ValueError("an empty histogram: no probe was seen")


def end_p50(process):
    process.send_signal(signal.SIGINT)
    return median_of(json.loads(process.communicate(timeout=30)[0])["taps"][-1]["since_tx"]["histogram"])


def difference(args, taps):
    """The median time to the end of the first bridge less that of the second, in ns."""
    watching = [watch(args.analyzer, INSTANCES[0], taps), watch(args.analyzer, INSTANCES[1], [])]
    ports = [w for instance in INSTANCES for w in ("--port", f"{args.backend}:t0@hc-{instance}-tester")]
    call(args.pktgen, *ports, "--dst-mac", "02:68:63:00:01:02", "--dst-ip", "198.18.0.3", "--rate", "20kpps", "--gap", "jittered",
         "--turns", "16,mirrored", "--duration", f"{args.seconds}s", "--cpu", str(max(os.sched_getaffinity(0))), "--quiet")
    of_first, of_second = [end_p50(process) for process in watching]
    return of_first - of_second


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for program in ("pktgen", "analyzer", "nsglue"):
        parser.add_argument(program)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--backend", default="af_xdp")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: needs root: run with sudo")
        return 77
    found = {name: {taps: [] for taps in OPEN} for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder, Bridges(args.nsglue):
        between = {name: Between(name, folder) for name in PROGRAMS}
        for _ in range(args.rounds):
            for name in random.sample(list(PROGRAMS), len(PROGRAMS)):
                with between[name]:
                    for taps in random.sample(list(OPEN), len(OPEN)):
                        found[name][taps].append(difference(args, OPEN[taps]))
    for name, by_taps in found.items():
        alone = {taps: [a - b for a, b in zip(by_taps[taps], by_taps["none"])] for taps in ("wire", "port", "both")}
        excess = [w + p - b for w, p, b in zip(alone["wire"], alone["port"], alone["both"])]
        error = 2.1 * statistics.stdev(excess) / math.sqrt(len(excess))
        print(f"{name:8} program {statistics.median(by_taps['none']) - statistics.median(found['nothing']['none']):+6.0f} ns; " +
              ", ".join(f"{taps} {statistics.median(costs):.0f}" for taps, costs in alone.items()) +
              f"; excess {statistics.fmean(excess):+.0f} ±{error:.0f} ns")
    return 0


if __name__ == "__main__":
    sys.exit(main())
