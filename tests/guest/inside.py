#!/usr/bin/env python3
"""What is tried inside the guest, as TAP (testanything.org): inside.py BUILD SOURCE [nics]. `nics`: DPDK on the PCI NICs alone. The last line of a
failed point says what was found."""
import signal
import sys
import time
import traceback

import device
import modes
import nic

LIMIT_S = 240  # for a point; a few seconds is usual, a minute for the tests of whole modes


def too_long(*_):
    raise TimeoutError(f"not done in {LIMIT_S} s")


def main(build, source, only="all"):
    signal.signal(signal.SIGALRM, too_long)
    points = nic.points(build) if only == "nics" else [*modes.points(build, source), *nic.points(build), *device.points(build)]
    print(f"1..{len(points)}", flush=True)
    all_good = True
    for number, (name, attempt) in enumerate(points, 1):
        began = time.monotonic()
        signal.alarm(LIMIT_S)
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
