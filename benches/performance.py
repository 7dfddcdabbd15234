#!/usr/bin/env python3
"""Prints the figures that the benches held against goals as a Markdown table: performance.py RECORD (HOPCOST_BENCH_RECORD's
file)."""
import json
import platform
import re
import sys


VERDICTS = {True: "met", False: "**missed**", None: "not judged: the machine was not idle"}


def cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^(?:model name|Model|cpu model)\s*:\s*(.+)$", file.read(), re.M)
    return found[1] if found else platform.machine()


def number(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        figures = [json.loads(line) for line in file]
    print(f"{cpu_name()}, Linux {platform.release()}\n")
    print("| what | measured | goal | rounds | |\n|---|--:|--:|--:|---|")
    for f in figures:
        print(f"| {f['what']} | {number(f['value'])} {f['unit']} | {f['relation']} {number(f['goal'])} | {f['rounds']} | "
              f"{VERDICTS[f['met']]} |")


if __name__ == "__main__":
    main()
