#!/usr/bin/env python3
"""measure.py ARCH ANALYZER NSGLUE IDLE [EMULATOR]: sizes of the stripped programs, and what the analyzer holds in memory at its
most while it correlates two captures of 6,000 probes; under an emulator less what that holds with IDLE, which does nothing."""
import os
import pathlib
import subprocess
import sys
import tempfile

import captures
from resident import peak_kib

MOST_BYTES = 3 * 1000 * 1000
MOST_KIB = 16 * 1024


def peak_of(command):
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=4096)
    peak = peak_kib(program)
    program.communicate()
    if program.returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return peak


def main():
    arch, analyzer, nsglue, idle, *emulator = sys.argv[1:]
    sizes = {"analyzer": os.path.getsize(analyzer), "nsglue": os.path.getsize(nsglue)}
    with tempfile.TemporaryDirectory() as folder:
        peak = peak_of([*emulator, analyzer, *captures.write_all(pathlib.Path(folder))[0], "--json"])
    emulators = peak_of([*emulator, idle]) if emulator else 0
    words = [f"{name} {size / 1e6:.2f} MB" for name, size in sizes.items()]
    print(f"{arch}: {', '.join(words)}; captures correlated in {(peak - emulators) / 1024:.1f} MiB",
          f"and {emulators / 1024:.1f} MiB of the emulator's own" * bool(emulator))
    too_large = [f"{name} has {size} bytes, more than {MOST_BYTES}" for name, size in sizes.items() if size > MOST_BYTES]
    if peak - emulators > MOST_KIB:
        too_large.append(f"the analyzer holds {peak - emulators} KiB, more than {MOST_KIB}")
    print(*too_large, sep="\n", end="\n" * bool(too_large))
    return bool(too_large)


sys.exit(main())
