#!/usr/bin/env python3
"""Tests a device twice, and says whether the two sets of results agree within their widths.

  sudo benches/device_twice.py build/campaign/hopcost --out DIR -- all --dut router --quick
  sudo benches/device_twice.py build/campaign/hopcost --backends af_packet,af_xdp,xdp,dpdk --out DIR -- throughput --dut router --quick
  benches/device_twice.py --read DIR

The words after -- go to hopcost device. With --backends they are given twice with each backend. A throughput's width is its interval;
that of a figure repeated n times is Student's, 95 %. Prints tables in Markdown. Exit 1 when a pair of figures differs by more than both widths
together, or a set gave no result."""
import argparse
import json
import pathlib
import subprocess
import sys
import time

# Student's t, two-sided 95 %, by degrees of freedom.
STUDENT = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 19: 2.09, 49: 2.01}


def student(n):
    return STUDENT[max(d for d in STUDENT if d <= n - 1)]


def repeated(figure, times=1.0):
    """A figure that the tester repeated, with its interval; None with fewer than two."""
    if not figure or figure["n"] < 2:
        return None
    half = student(figure["n"]) * figure["stddev"] / figure["n"] ** 0.5
    return tuple(v * times for v in (figure["mean"], figure["mean"] - half, figure["mean"] + half))


def throughput(test):
    between = test.get("throughput_interval_fps")
    return (test["throughput_fps"], *between) if between and test["throughput_fps"] else None


# Name of a figure, its test, and how it is read from there.
FIGURES = [
    ("throughput, fps", "throughput", throughput),
    ("latency, median, us", "latency", lambda t: repeated(t["latency_ns"]["median"], 1e-3)),
    ("latency, 99.9 %, us", "latency", lambda t: repeated(t["latency_ns"]["p99_9"], 1e-3)),
    ("PDV, us", "latency", lambda t: repeated(t["pdv_ns"], 1e-3)),
    ("longest burst, frames", "back-to-back", lambda t: repeated(t["back_to_back_frames"])),
    ("recovery, ms", "recovery", lambda t: repeated(t["recovery"], 1e3)),
]


def figures_of(folder):
    result = json.loads((folder / "result.json").read_text())
    found = {}
    for test in result["tests"]:
        for name, of, read in FIGURES:
            value = read(test) if test["test"] == of else None
            if value:
                found[(test["size"], name)] = value
    return found, {(t["test"], t["size"]): t for t in result["tests"]}, result["partial"]


def shown(value):
    return "{:.4g} [{:.4g}, {:.4g}]".format(*value)


def compare(folders):
    """Prints a table of both results. Gives whether all agree."""
    (one, tests, cut), (two, others, cut_too) = map(figures_of, folders)
    took = [(f / "seconds").read_text().strip() for f in folders]
    print(f"\n{folders[0].parent.name}: {took[0]} s and {took[1]} s{'; partial: ' + (cut or cut_too) if cut or cut_too else ''}\n")
    print("| size | figure | first | second | agree |\n|---|---|---|---|---|")
    agree = True
    for key in sorted(one.keys() | two.keys(), key=str):
        a, b = one.get(key), two.get(key)
        if not a or not b:
            print(f"| {key[0]} | {key[1]} | {shown(a) if a else '-'} | {shown(b) if b else '-'} | one alone |")
            continue
        same = a[1] <= b[2] and b[1] <= a[2]
        agree = agree and same
        print(f"| {key[0]} | {key[1]} | {shown(a)} | {shown(b)} | {'yes' if same else 'NO'} |")
    for key in tests.keys() & others.keys():
        if key[0] != "loss":
            continue
        curves = [{p["share"]: p["loss_percent"] for p in t["loss_curve"]} for t in (tests[key], others[key])]
        both = sorted(curves[0].keys() & curves[1].keys(), reverse=True)
        text = [", ".join(f"{c[s]:.2g}" for s in both) for c in curves]
        print(f"| {key[1]} | lost, %, at {', '.join(f'{s:.1f}' for s in both)} of the highest load | {text[0]} | {text[1]} | no width |")
    limits = [t["tester_limit_fps"] for t in tests.values() if t.get("tester_limit_fps")]
    if limits:
        print(f"\nThe tester alone: {min(limits):.0f} to {max(limits):.0f} fps.")
    return agree and bool(one.keys() & two.keys())


def test_twice(hopcost, folder, words):
    for number in ("1", "2"):
        out = folder / number
        begun = time.monotonic()
        run = subprocess.run([hopcost, "device", *words, "--out", str(out), "--quiet"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        if not (out / "result.json").exists():
            sys.exit(f"hopcost device {' '.join(words)}: exit {run.returncode}, and no result")
        (out / "seconds").write_text(f"{time.monotonic() - begun:.0f}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hopcost", nargs="?")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--backends", default="")
    parser.add_argument("--read", type=pathlib.Path)
    own, words = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, words = own[:at], own[at + 1:]
    args = parser.parse_args(own)
    if not args.read:
        if not args.hopcost or not args.out or not words:
            parser.error("say which hopcost, --out DIR, and after -- what to test")
        for backend in args.backends.split(","):
            more = ["--backend", backend] if backend else []
            test_twice(args.hopcost, args.out / (backend or "device"), [*words, *more])
    folder = args.read or args.out
    sets = sorted(f.parent for f in folder.glob("*/1"))
    sys.exit(0 if sets and all([compare([s / "1", s / "2"]) for s in sets]) else 1)


if __name__ == "__main__":
    main()
