#!/usr/bin/env python3
"""Why taps that are open together cost less than the sum of what each costs alone.

A packet's way between two taps can't be the reason where there is none between them. So host's device gets two and three taps
side by side, and a tap at a packet socket beside one at tc's hook, which run little of the same code. `hopcost run` measures each
tap alone and all at once, with 1, 8 and 32 packets in a burst: in a burst most code is in the cache already.

  sudo benches/analyzer/taps_together.py HOPCOST [--budget 60s]

Prints, for each burst, what a tap costs a packet alone and what all share, ns, with 95 % intervals over builds. The median packet
of a burst of n waits for the taps of (n + 1) / 2 packets, by which all figures are divided. Needs root, and taps of kind bpf."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

TOPOLOGIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "topologies")
BURSTS = (1, 8, 32)
SOCKET, TC = None, "tc"
# name: (what stands in the table, the hooks of the taps at the device)
WAYS = {
    "taps-1": ("one at a packet socket", [SOCKET]),
    "taps-2": ("two at packet sockets", [SOCKET, SOCKET]),
    "taps-3": ("three at packet sockets", [SOCKET, SOCKET, SOCKET]),
    "taps-tc": ("one at a packet socket, one at tc", [SOCKET, TC]),
}


def topology(name, hooks):
    """Host's, with these taps at its device."""
    with open(os.path.join(TOPOLOGIES, "host.toml"), encoding="utf-8") as file:
        text = file.read()
    taps = "".join(f'[[tap]]\nname = "tap{i}"\nat = "dut/d0"\ndirection = "in"\n' + (f'hook = "{hook}"\n' if hook else "") + "\n"
                   for i, hook in enumerate(hooks))
    text, named = re.subn(r'^name = "host"$', f'name = "{name}"', text, count=1, flags=re.M)
    text, tapped = re.subn(r'^\[\[tap\]\]\nname = "wire"\n.*?(?=^\[\[sink\]\])', taps, text, flags=re.M | re.S)
    assert named == tapped == 1, "host.toml is not what this bench knows"
    return text


def measured(hopcost, folder, budget, burst):
    """{mode: its object in the result} of a run."""
    out = os.path.join(folder, f"burst-{burst}")
    subprocess.run([hopcost, "run", "--modes", ",".join(["host", *(os.path.join(folder, name + ".toml") for name in WAYS)]),
                    "--burst", str(burst), "--budget", budget, "--out", out], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(out, "result.json"), encoding="utf-8") as file:
        return {mode["name"]: mode for mode in json.load(file)["modes"]}


def with_half_width(value, interval, packets):
    half = f" ±{(interval[1] - interval[0]) / 2 / packets:.0f}" if interval else ""
    return f"{value / packets:.0f}{half}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hopcost", help="path of the hopcost program")
    parser.add_argument("--budget", default="60s", help="measuring time of each burst")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: needs root: run with sudo")
        return 77
    print("| burst | taps | alone, ns | all at once | shared |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, hooks) in WAYS.items():
            with open(os.path.join(folder, name + ".toml"), "w", encoding="utf-8") as file:
                file.write(topology(name, hooks))
        for burst in BURSTS:
            modes = measured(args.hopcost, folder, args.budget, burst)
            packets = (burst + 1) / 2
            for name, (what, _) in WAYS.items():
                alone = [with_half_width(hop["tap_cost_ns"]["estimate"], hop["tap_cost_ns"]["ci95"], packets)
                         for hop in modes[name]["hops"] if hop["tap_cost_ns"]]
                all_taps = modes[name]["all_taps"]
                print(f"| {burst} | {what} | {', '.join(alone)} | {with_half_width(all_taps['excess_ns'], all_taps['ci95'], packets)} "
                      f"| {with_half_width(all_taps['shared_ns'], all_taps['shared_ci95'], packets)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
