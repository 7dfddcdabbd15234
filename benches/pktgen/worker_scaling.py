#!/usr/bin/env python3
"""Two workers beside one, on null and flat out: what senders share would show here. Interleaved rounds, each worker on a CPU of
its own; the median of the rounds' own ratios is held against the goal. Exit 1 when it is missed, 77 with one CPU alone.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

GOAL = 1.8


def rate(args, cpus):
    queues = "-".join(str(q) for q in sorted({0, len(cpus) - 1}))
    command = [args.pktgen, "--port", f"null,queue={queues}", "--cpu", ",".join(map(str, cpus)), "--duration", f"{args.seconds}s",
               "--json", "--quiet"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)["audit"]["achieved_pps"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pktgen", help="path of the pktgen program")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    args = parser.parse_args()
    cpus = sorted(os.sched_getaffinity(0))[:2]
    if len(cpus) < 2:
        print("one CPU alone: nothing to compare")
        sys.exit(77)
    rounds = []
    for i in range(args.repeats):
        # Each CPU is the lone worker's in turn: they may differ.
        rounds.append((rate(args, [cpus[i % 2]]), rate(args, cpus)))
    one, two = (statistics.median(r[i] for r in rounds) for i in (0, 1))
    ratio = statistics.median(r[1] / r[0] for r in rounds)
    print(f"null, flat out: one worker {one / 1e6:.1f} Mpps, two {two / 1e6:.1f} Mpps: {ratio:.2f} times (rounds "
          f"{min(r[1] / r[0] for r in rounds):.2f} to {max(r[1] / r[0] for r in rounds):.2f}), goal {GOAL}: "
          f"{'met' if ratio >= GOAL else 'MISSED'}")
    sys.exit(0 if ratio >= GOAL else 1)


if __name__ == "__main__":
    main()
