#!/usr/bin/env python3
"""pktgen beside trafgen (Debian's netsniff-ng): same veth, same peer, flat out, 64-byte frames, interleaved rounds.

The peer's stack drops each frame early, because it is for another MAC address. Rates are from the sending device's packet
counter, read while the programs run, so that their start and end do not count. On a machine that does other work the wall clock
says little, so packets per second of the sender's CPU time are printed as well. Needs root. Exit 1 when a ratio of rates is below
its goal.
"""
import os
import resource
import shutil
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import arguments, interleaved, ratio, report, skip  # noqa: E402
from veth_pair import DEVICE, FOREIGN_MAC, SENDER, Running, VethPair, flat_out  # noqa: E402

GOALS = {"af_packet": ("trafgen", 1.0), "af_xdp": ("trafgen", 1.4)}
WARM_UP_S = 0.3


def udp_frame():
    """60 bytes: Ethernet, IPv4, UDP, 18 bytes of payload. trafgen sends it over and over without changing it."""
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
    """CPU time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_wall_and_cpu(command, seconds):
    """(packets a second, packets a second of CPU time)"""
    cpu, (_, first) = cpu_seconds(), VethPair.sent()
    with Running(command):
        time.sleep(WARM_UP_S)
        t0, n0 = VethPair.sent()
        time.sleep(seconds)
        t1, n1 = VethPair.sent()
    cpu = cpu_seconds() - cpu
    return (n1 - n0) / (t1 - t0), (VethPair.sent()[1] - first) / cpu if cpu > 0 else 0.0


def best_ring(seconds):
    """trafgen's fastest ring size: its default, or one that stays in the cache."""
    rates = {ring: flat_out(trafgen(ring), seconds) for ring in ("", "64KiB", "512KiB", "4MiB")}
    print("trafgen by ring: " + ", ".join(f"{r or 'default'} {v / 1e6:.2f} Mpps" for r, v in rates.items()))
    return max(rates, key=rates.get)


def main():
    args = arguments(__doc__, "pktgen")
    if not shutil.which("trafgen"):
        skip("trafgen is not there: apt install netsniff-ng")
    with VethPair():
        # trafgen pins its only process to CPU 0; pktgen gets the same CPU.
        commands = {"trafgen": trafgen(best_ring(args.seconds)), **{b: pktgen(args.pktgen, b, 0) for b in GOALS}}
        runs = interleaved({name: lambda c=command: by_wall_and_cpu(c, args.seconds) for name, command in commands.items()},
                           args.repeats)
    all_met = report({name: [wall for wall, _ in values] for name, values in runs.items()}, GOALS)
    cpu = {name: [rate for _, rate in values] for name, values in runs.items()}
    for name, (base, _) in GOALS.items():
        print(f"{name}: {statistics.median(cpu[name]) / 1e6:.3f} M packets a CPU second, {ratio(cpu[name], cpu[base]):.2f} x {base}")
    sys.exit(0 if all_met else 1)


if __name__ == "__main__":
    main()
