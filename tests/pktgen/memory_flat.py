#!/usr/bin/env python3
"""Memory stays flat over a run: memory_flat.py PKTGEN [--from SECONDS] [--seconds SECONDS]. By hand: --from 10 --seconds 600.

Resident memory (VmRSS) and the page faults so far are read at the first time and at the end of a run on null, and of one from
af_packet to af_packet over a veth pair, with stats lines, metrics and, on af_packet, two receivers. Histograms have their pages from
the start, and a stats line takes and gives back none: that would interrupt the senders. What text of a line comes to lie elsewhere
is let pass. Exit 1 when there is more, 77 without root.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

ALLOWED_KIB, ALLOWED_FAULTS = 64, 100
SENDER, RECEIVER = f"t-flat-tx-{os.getpid()}", f"t-flat-rx-{os.getpid()}"


def sh(command, check=True):
    subprocess.run(command, shell=True, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def set_up():
    for ns in (SENDER, RECEIVER):
        sh(f"ip netns add {ns} && ip netns exec {ns} sysctl -qw net.ipv6.conf.default.disable_ipv6=1")
    sh(f"ip link add t0 netns {SENDER} type veth peer name d0 netns {RECEIVER}")
    sh(f"ip -n {SENDER} link set t0 up && ip -n {RECEIVER} link set d0 up")


def tear_down():
    for ns in (SENDER, RECEIVER):
        sh(f"ip netns del {ns}", check=False)


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def page_faults(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rsplit(")", 1)[1].split()[7])  # minflt, of all threads


def grows(args, name, words, folder):
    command = [args.pktgen, *words, "--rate", "20kpps", "--gap", "poisson", "--duration", f"{args.seconds + 5}s", "--stats-interval",
               "100ms", "--metrics", f"unix:{folder}/metrics", "--json", "--quiet"]
    with open(f"{folder}/out", "w") as out, subprocess.Popen(command, stdout=out) as run:
        time.sleep(args.first)
        before, faults_before = resident_kib(run.pid), page_faults(run.pid)
        time.sleep(args.seconds - args.first)
        after, faults = resident_kib(run.pid), page_faults(run.pid) - faults_before
        run.terminate()
    print(f"{name}: VmRSS {before} KiB after {args.first} s, {after} KiB after {args.seconds} s: {after - before:+} KiB, "
          f"{faults} page faults")
    return after - before > ALLOWED_KIB or faults > ALLOWED_FAULTS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pktgen", help="path of the pktgen program")
    parser.add_argument("--from", dest="first", type=float, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("needs root to make network namespaces")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        try:
            set_up()
            faults = [grows(args, "null", ["--port", "null,queue=0-1"], folder),
                      grows(args, "af_packet", ["--port", f"af_packet:t0@{SENDER},queue=0-1", "--rx-port",
                                                f"af_packet:d0@{RECEIVER},queue=0-1", "--dst-mac", "02:00:00:00:00:fe"], folder)]
        finally:
            tear_down()
    sys.exit(1 if any(faults) else 0)


if __name__ == "__main__":
    main()
