#!/usr/bin/env python3
"""Makes whole runs one after the other beside a load, and says whether their intervals hold what they claim.

A 95 % interval is honest when the figures of further runs agree with it. So this starts hopcost run N times, and counts for each
mode how many of the intervals hold the mean of all runs' estimates. Prints a table in Markdown, and keeps every result folder.

  sudo benches/in_a_row.py build/campaign/hopcost --runs 10 --beside none,busy --out DIR
  sudo benches/in_a_row.py build/campaign/hopcost --beside nice,memory --out DIR -- --rootless
  benches/in_a_row.py --read DIR

With several loads, each round has a run beside each load, so that what the machine does over hours affects all of them alike.
Options after -- go to hopcost run. Exit 1 when a run gave no figure for a mode."""
import argparse
import contextlib
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import time


def spin():
    while True:
        pass


def stream():
    """Copies 64 MB back and forth for 0.7 s, rests for 0.7 s, and so on."""
    source, target = bytearray(64 << 20), bytearray(64 << 20)
    while True:
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            target[:] = source
        time.sleep(0.7)


# Name: (what it does, whether on the sender's CPU or on all others, its niceness). None: no load.
LOADS = {
    "none": None,
    "busy": (spin, False, 0),
    "nice": (spin, True, 10),
    "memory": (stream, False, 0),
}


def work(what, cpus, nice):
    os.sched_setaffinity(0, cpus)
    os.nice(nice)
    what()


@contextlib.contextmanager
def beside(load, sender):
    children = []
    if LOADS[load]:
        what, on_the_senders, nice = LOADS[load]
        others = os.sched_getaffinity(0) - {sender}
        for cpu in [sender] if on_the_senders else sorted(others):
            children.append(multiprocessing.Process(target=work, args=(what, {cpu}, nice), daemon=True))
    for child in children:
        child.start()
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.join()


def run(hopcost, folder, load, sender, arguments):
    """Makes one run. Keeps its output in FOLDER.log, its exit code and the load average at its end in FOLDER.json."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with beside(load, sender), open(f"{folder}.log", "wb") as log:
        code = subprocess.run([hopcost, "run", "--out", str(folder), "--cpu", str(sender), *arguments],
                              stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        average = os.getloadavg()[0]
    with open(f"{folder}.json", "w", encoding="utf-8") as file:
        json.dump({"exit": code, "load_average": average}, file)


def half(interval):
    return (interval[1] - interval[0]) / 2


def figure(estimate, interval, digits=0, sign=""):
    if estimate is None or interval is None:
        return "-"
    return f"{estimate:{sign}.{digits}f} ±{half(interval):.{digits}f}"


def holding(figures):
    """How many of the intervals in [(estimate, interval)] hold the mean of all estimates."""
    mean = statistics.fmean(estimate for estimate, _ in figures)
    return sum(low <= mean <= high for _, (low, high) in figures)


def table(folder):
    """Prints the table of the runs in FOLDER. True when each run has each figure."""
    runs = []
    for meta in sorted(folder.glob("*.json"), key=lambda path: int(path.stem)):
        result = folder / meta.stem / "result.json"
        runs.append((json.loads(meta.read_text()), json.loads(result.read_text()) if result.exists() else None))
    modes = [mode["name"] for _, result in runs if result for mode in result["modes"] if mode["cost_vs_host_ns"]]
    modes = list(dict.fromkeys(modes))
    print("| run | load | builds | " + " | ".join(modes) + " | =host | " + " | ".join(f"{mode}, of host, %" for mode in modes) + " | exit |")
    print("|" + "---|" * (5 + 2 * len(modes)))
    costs, shares, zeros, whole = {mode: [] for mode in modes}, {mode: [] for mode in modes}, [], True
    for number, (meta, result) in enumerate(runs, 1):
        cells = [str(number), f"{meta['load_average']:.0f}"]
        found = {mode["name"]: mode["cost_vs_host_ns"] for mode in result["modes"]} if result else {}
        cells.append(str(len(result["builds"])) if result else "-")
        of_host = []
        for mode in modes:
            cost = found.get(mode) or {}
            cells.append(figure(cost.get("estimate"), cost.get("ci95")))
            share = cost.get("share_of_host") or {}
            of_host.append(figure(*(100 * share["estimate"], [100 * end for end in share["ci95"]]) if share.get("ci95") else (None, None), 1))
            if cost.get("ci95"):
                costs[mode].append((cost["estimate"], cost["ci95"]))
            if share.get("ci95"):
                shares[mode].append((share["estimate"], share["ci95"]))
            whole = whole and bool(cost.get("ci95"))
        aa = result["aa"] if result else {}
        cells.append(figure(aa.get("estimate_ns"), aa.get("ci95"), 1, "+"))
        if aa.get("ci95"):
            zeros.append(aa["ci95"][0] <= 0 <= aa["ci95"][1])
        print("| " + " | ".join([*cells, *of_host, str(meta["exit"])]) + " |")
    print()
    for mode in modes:
        if len(costs[mode]) > 1:
            halves = [half(interval) for _, interval in costs[mode]]
            percent = [100 * half(interval) for _, interval in shares[mode]]
            print(f"{mode}: mean {statistics.fmean(cost for cost, _ in costs[mode]):.0f} ns; "
                  f"in {holding(costs[mode])} of {len(costs[mode])} intervals, as a share of host in {holding(shares[mode])}; "
                  f"half-widths {min(halves):.1f} to {max(halves):.1f} ns (median {statistics.median(halves):.1f}), "
                  f"{min(percent):.2f} to {max(percent):.2f} % of host")
    print(f"=host: 0 is in {sum(zeros)} of {len(zeros)} intervals")
    return whole and bool(modes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hopcost", nargs="?", help="path of the hopcost program")
    parser.add_argument("--runs", type=int, default=10, help="runs beside each load")
    parser.add_argument("--beside", default="none", metavar="LIST",
                        help="none, busy (a busy loop on each other CPU), nice (one of nice 10 on the sender's), memory (memory streams "
                             "on the other CPUs that come and go)")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR", help="where results go: DIR/LOAD/RUN")
    parser.add_argument("--read", type=pathlib.Path, metavar="DIR", help="only print the tables of what --out wrote")
    ours = sys.argv[1:]
    arguments = []
    if "--" in ours:
        arguments = ours[ours.index("--") + 1:]
        ours = ours[:ours.index("--")]
    args = parser.parse_args(ours)
    loads = args.beside.split(",")
    unknown = [load for load in loads if load not in LOADS]
    if unknown:
        parser.error(f"--beside {unknown[0]}: there are {', '.join(LOADS)}")
    if not args.read:
        if not args.hopcost or not args.out:
            parser.error("name the hopcost program and --out DIR, or --read DIR")
        if args.runs < 1:
            parser.error("--runs wants at least 1")
        if args.out.exists():
            parser.error(f"{args.out} exists: results are never written over")
        sender = max(os.sched_getaffinity(0))
        if len(os.sched_getaffinity(0)) == 1 and set(loads) - {"none", "nice"}:
            parser.error("there is only one CPU: no load can be on another one")
        for number in range(1, args.runs + 1):
            for load in loads:
                run(args.hopcost, args.out / load / str(number), load, sender, arguments)
                print(f"{load} {number}: done", file=sys.stderr, flush=True)
    folder = args.read or args.out
    if not folder.is_dir():
        parser.error(f"{folder} is no folder")
    whole = True
    for load in sorted(path for path in folder.iterdir() if path.is_dir() and path.name in LOADS):
        print(f"\n## {load.name}\n")
        whole = table(load) and whole
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
