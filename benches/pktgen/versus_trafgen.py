#!/usr/bin/env python3
"""pktgen beside trafgen (Debian's netsniff-ng): same veth, same peer, flat out, 64-byte frames, interleaved repetitions.

The peer's stack drops each frame early, for it is addressed to a foreign MAC. Rates are read from the sending device's own
packet counter, in mid-flight, so that nobody's start or end counts. On a machine that does other work the wall clock says
little, so packets per second of the sender's own CPU time are given as well. Needs root. Exit 1 when a ratio of rates is
below its goal.
"""
import argparse
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from veth_pair import DEVICE, FOREIGN_MAC, SENDER, VethPair  # noqa: E402

sent = VethPair.sent
GOALS = {"af_packet": 0.9, "af_xdp": 1.4}
WARM_UP_S = 0.3


def udp_frame():
    """60 bytes: Ethernet, IPv4, UDP, 18 bytes of payload; what trafgen sends over and over, without any patching."""
    mac = bytes.fromhex(FOREIGN_MAC.replace(":", ""))
    header = bytearray.fromhex("4500002e000040004011" + "0000" + "c6120001" + "c6120002")
    total = sum(int.from_bytes(header[i:i + 2], "big") for i in range(0, 20, 2))
    total = (total & 0xffff) + (total >> 16)
    header[10:12] = (~(total + (total >> 16)) & 0xffff).to_bytes(2, "big")
    udp = bytes.fromhex("00090009001a0000")
    return mac + bytes.fromhex("020000000001") + b"\x08\x00" + bytes(header) + udp + bytes(18)


def trafgen(ring):
    body = "{ " + ", ".join(f"0x{b:02x}" for b in udp_frame()) + " }"
    return ["ip", "netns", "exec", SENDER, "trafgen", "--dev", DEVICE, "--cpus", "1", "-Q", "-C",
            *(["--ring-size", ring] if ring else []), body]


def pktgen(program, backend, cpu):
    return [program, "--port", f"{backend}:{DEVICE}@{SENDER}", "--dst-mac", FOREIGN_MAC, "--size", "64", "--rate", "max",
            "--duration", "60s", "--cpu", str(cpu), "--quiet"]


def cpu_seconds():
    """Of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, seconds):
    """(packets a second, packets a second of CPU time)"""
    _, first = sent()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        time.sleep(WARM_UP_S)
        t0, n0 = sent()
        time.sleep(seconds)
        t1, n1 = sent()
        cpu = cpu_seconds()
    finally:
        os.killpg(child.pid, signal.SIGINT)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    cpu = cpu_seconds() - cpu
    return (n1 - n0) / (t1 - t0), (sent()[1] - first) / cpu if cpu > 0 else 0.0


def best_ring(seconds):
    """trafgen's fastest ring: its default, or one that stays in the cache."""
    rates = {ring: run(trafgen(ring), seconds)[0] for ring in ("", "64KiB", "512KiB", "4MiB")}
    print("trafgen by ring: " + ", ".join(f"{r or 'default'} {v / 1e6:.2f} Mpps" for r, v in rates.items()))
    return max(rates, key=rates.get)


def measure(args):
    ring = best_ring(args.seconds)
    # trafgen pins its one process to CPU 0; the others get the same one.
    senders = {"trafgen": trafgen(ring), **{b: pktgen(args.pktgen, b, 0) for b in GOALS}}
    rates = {name: [] for name in senders}
    for _ in range(args.repeats):
        for name, command in senders.items():
            rates[name].append(run(command, args.seconds))
    return rates


def ratio(runs, base, which):
    """Each round's own ratio: what slows the machine for a while slows both."""
    return statistics.median(a[which] / b[which] for a, b in zip(runs, base) if b[which] > 0)


def report(runs):
    failed = False
    for name, values in runs.items():
        wall = [v[0] for v in values]
        cpu = statistics.median(v[1] for v in values)
        print(f"{name:10} median {statistics.median(wall) / 1e6:6.3f} Mpps (min {min(wall) / 1e6:.3f}, max {max(wall) / 1e6:.3f}, "
              f"n {len(wall)}), {cpu / 1e6:.3f} M a CPU second", end="")
        if name in GOALS:
            r = ratio(values, runs["trafgen"], 0)
            failed |= r < GOALS[name]
            print(f": {r:.2f} x trafgen ({ratio(values, runs['trafgen'], 1):.2f} x by CPU time), goal {GOALS[name]}: "
                  f"{'ok' if r >= GOALS[name] else 'MISSED'}", end="")
        print()
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pktgen", help="path of the pktgen program")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root: run with sudo")
    if not shutil.which("trafgen"):
        sys.exit("trafgen is not there: apt install netsniff-ng")
    with VethPair():
        failed = report(measure(args))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
