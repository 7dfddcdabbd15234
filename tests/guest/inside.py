#!/usr/bin/env python3
"""What is tried inside the guest, as TAP (testanything.org): inside.py BUILD SOURCE [nics|orders]. `nics`: DPDK on the PCI NICs
alone. `orders`: a whole run, which takes an emulated CPU minutes. The last line of a failed point says what was found."""
import signal
import sys
import time
import traceback

import device
import modes
import nic

LIMIT_S = {"all": 240, "nics": 240, "orders": 1500}  # for a point; a few seconds is usual, a minute for the tests of whole modes


def too_long(*_):
    raise TimeoutError("it takes too long")


def main(build, source, only="all"):
    signal.signal(signal.SIGALRM, too_long)
    chosen = {"nics": lambda: nic.points(build), "orders": lambda: [("macvlan and ipvlan stand between host and bridge", lambda: modes.orders(build))],
              "all": lambda: [*modes.points(build, source), *nic.points(build), *device.points(build)]}
    points = chosen[only]()
    print(f"1..{len(points)}", flush=True)
    all_good = True
    for number, (name, attempt) in enumerate(points, 1):
        began = time.monotonic()
        signal.alarm(LIMIT_S[only])
        try:
            faults = attempt()
        except Exception:
            faults = traceback.format_exc().splitlines()
        signal.alarm(0)
        all_good = all_good and not faults
        print(f"{'not ok' if faults else 'ok'} {number} - {name} ({time.monotonic() - began:.1f} s)")
        for fault in faults:
            print(f"# {fault}", flush=True)
    return 0 if all_good else 1


sys.exit(main(*sys.argv[1:]))
