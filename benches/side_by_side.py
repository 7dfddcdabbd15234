"""Runs senders side by side in interleaved rounds, and holds their figures against goals, for the benches beside peers.

Each round has its own ratio, and the median of the ratios counts: what slows the machine for a while slows both senders. Where
HOPCOST_BENCH_RECORD names a file, each figure with a goal is appended to it as a line of JSON; performance.py makes its table of
these."""
import argparse
import json
import os
import statistics
import sys

SKIPPED = 77  # meson's exit code for it


def arguments(doc, *programs, repeats=5, seconds=1.0, flags=None):
    """The command line of a bench: the programs' paths, how many rounds, how long each run lasts, and `flags` ({name: help}).
    Skips the bench without root."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for program in programs:
        parser.add_argument(program, help=f"path of the {program} program")
    parser.add_argument("--repeats", type=int, default=repeats)
    parser.add_argument("--seconds", type=float, default=seconds)
    for name, what in (flags or {}).items():
        parser.add_argument(name, action="store_true", help=what)
    args = parser.parse_args()
    if os.geteuid() != 0:
        skip("needs root: run with sudo")
    return args


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def interleaved(senders, repeats):
    """Calls {name: function that measures it} in turn, round by round. Gives {name: [figure of each round]}."""
    figures = {name: [] for name in senders}
    for _ in range(repeats):
        for name, measure in senders.items():
            figures[name].append(measure())
    return figures


def ratio(values, base):
    return statistics.median(a / b for a, b in zip(values, base) if b > 0)


def record(**figure):
    path = os.environ.get("HOPCOST_BENCH_RECORD")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(figure) + "\n")


VERDICTS = {True: "met", False: "MISSED", None: "not judged"}


def held(what, value, goal, unit, rounds, at_most=False, judged=True):
    """Records a figure with its goal. Gives whether the goal is met; None when the machine does not allow a judgement."""
    met = (value <= goal if at_most else value >= goal) if judged else None
    record(what=what, value=value, relation="<=" if at_most else ">=", goal=goal, unit=unit, rounds=rounds, met=met)
    return met


def report(rates, goals):
    """Prints a line for each sender; rates are in packets a second. `goals`: {name: (sender it is compared with, least ratio)}; a
    ratio without a goal (None) is only printed. True when all goals are met."""
    all_met = True
    width = max(len(name) for name in rates)
    for name, values in rates.items():
        line = (f"{name:{width}} median {statistics.median(values) / 1e6:7.3f} Mpps (min {min(values) / 1e6:.3f}, "
                f"max {max(values) / 1e6:.3f}, n {len(values)})")
        if name in goals:
            base, goal = goals[name]
            times = ratio(values, rates[base])
            line += f": {times:.2f} x {base}"
            if goal is not None:
                met = held(f"{name} against {base}", times, goal, "times", len(values))
                all_met &= met
                line += f", goal {goal:.3g}: {'met' if met else 'MISSED'}"
        print(line)
    return all_met


if __name__ == "__main__":
    sys.exit("a module of the benches")
