#!/usr/bin/env python3
"""Two workers beside one, on null and flat out, which shows whether senders share anything. The rounds are interleaved, and each
worker has a CPU of its own. The median of the rounds' ratios is held against the goal. Exit 1 when it is missed, 77 with only one
CPU.
"""
import itertools
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from side_by_side import arguments, interleaved, report, skip  # noqa: E402

GOALS = {"null, two workers": ("null, one worker", 1.8)}


def rate(args, cpus):
    queues = "-".join(str(q) for q in sorted({0, len(cpus) - 1}))
    command = [args.pktgen, "--port", f"null,queue={queues}", "--cpu", ",".join(map(str, cpus)), "--duration", f"{args.seconds}s",
               "--json", "--quiet"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)["audit"]["achieved_pps"]


def main():
    args = arguments(__doc__, "pktgen")
    cpus = sorted(os.sched_getaffinity(0))[:2]
    if len(cpus) < 2:
        skip("one CPU alone: nothing to compare")
    alone = itertools.cycle(cpus)  # each CPU in turn, as they may differ
    rates = interleaved({"null, one worker": lambda: rate(args, [next(alone)]), "null, two workers": lambda: rate(args, cpus)},
                        args.repeats)
    sys.exit(0 if report(rates, GOALS) else 1)


if __name__ == "__main__":
    main()
