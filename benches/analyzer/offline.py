#!/usr/bin/env python3
"""The analyzer reading two capture files, beside tshark only extracting the fields: packets a second of each, medians, in one
run. pktgen writes one file; the other is a copy. Exit 1 when the analyzer is not 20 times as fast, holds more than
200 MB, or takes more than 5 s for 20 M packets. Needs 2 GB of disk for a moment.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import held  # noqa: E402

FASTER, MEMORY_MB, SECONDS = 20, 200, 5  # SECONDS: for 20 M packets


def write_capture(pktgen, path, packets):
    subprocess.run([pktgen, "--port", f"pcap:{path}", "--dst-mac", "02:00:00:00:00:02", "--src-ip", "198.18.0.1",
                    "--dst-ip", "198.18.0.2", "--size", "64", "--count", str(packets), "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)


def timed(command):
    """(seconds, peak MB)"""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return time.monotonic() - start, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pktgen")
    parser.add_argument("analyzer")
    parser.add_argument("dissector")
    parser.add_argument("--packets", type=int, default=10_000_000)
    parser.add_argument("--tshark-packets", type=int, default=100_000, help="tshark is timed on so many")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/{name}.pcapng" for name in ("a", "b", "few")]
        for path, packets in ((files[0], args.packets), (files[2], args.tshark_packets)):
            write_capture(args.pktgen, path, packets)
        shutil.copyfile(files[0], files[1])
        analyzer = [args.analyzer, "--json", "--tap", f"a=pcap:{files[0]}", "--tap", f"b=pcap:{files[1]}"]
        tshark = ["tshark", "-r", files[2], "-X", f"lua_script:{args.dissector}", "-T", "fields", "-e", "frame.time_epoch",
                  "-e", "hopcost.flow", "-e", "hopcost.sequence"]
        runs = [(timed(analyzer), timed(tshark)) for _ in range(args.repeats)]
    seconds = statistics.median(a[0] for a, _ in runs)
    memory = max(a[1] for a, _ in runs)
    ratio = statistics.median((t[0] / args.tshark_packets) / (a[0] / (2 * args.packets)) for a, t in runs)
    print(f"analyzer: two files of {args.packets} packets in {seconds:.2f} s, {2e-6 * args.packets / seconds:.1f} M packets a "
          f"second, {memory:.0f} MB")
    met = held("offline analyzer against tshark's field extraction", ratio, FASTER, "times", args.repeats)
    met &= held("offline analyzer's memory", memory, MEMORY_MB, "MB", args.repeats, at_most=True)
    met &= held("offline analyzer, 20 M packets", seconds * 10_000_000 / args.packets, SECONDS, "s", args.repeats, at_most=True)
    print(f"{ratio:.0f} x tshark's field extraction, goal {FASTER}; {memory:.0f} MB, goal {MEMORY_MB}: {'met' if met else 'MISSED'}")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
