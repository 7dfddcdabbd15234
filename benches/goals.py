#!/usr/bin/env python3
"""Holds a bench against its goal, by the median of five: goals.py PROGRAM NAME FIGURE '<='|'>=' GOAL. Exit 1 when it is
missed."""
import json
import subprocess
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from side_by_side import held  # noqa: E402

REPEATS = 5
program, name, figure, relation, goal = sys.argv[1:]
out = subprocess.run([program, f"--benchmark_filter=^{name}(/iterations:.*)?$", f"--benchmark_repetitions={REPEATS}", "--benchmark_report_aggregates_only=true",
                      "--benchmark_format=json"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
if not out.startswith(b"{"):
    sys.exit(f"{program} has no bench {name}")
median = next(b for b in json.loads(out)["benchmarks"] if b["aggregate_name"] == "median")[figure]
met = held(name, median, float(goal), {"items_per_second": "a second", "cpu_time": "ns"}.get(figure, figure), REPEATS,
           at_most=relation == "<=")
print(f"{name}: {figure} {median:.4g}, goal {relation} {float(goal):.4g}: {'met' if met else 'MISSED'}")
sys.exit(0 if met else 1)
