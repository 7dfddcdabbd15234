#!/usr/bin/env python3
"""measure.py ARCH ANALYZER NSGLUE COMMAND...: sizes of the stripped programs, and what the analyzer, run by COMMAND, holds in
memory at its most while it correlates two captures of 6,000 probes; under qemu that is with qemu's own."""
import os
import pathlib
import subprocess
import sys
import tempfile

import captures
from resident import peak_kib

LIMIT = 3 * 1000 * 1000


def main():
    arch, sizes, command = sys.argv[1], [os.path.getsize(path) for path in sys.argv[2:4]], sys.argv[4:]
    with tempfile.TemporaryDirectory() as folder:
        run = captures.write_all(pathlib.Path(folder))[0]
        program = subprocess.Popen(command + run + ["--json"], stdout=subprocess.PIPE, pipesize=4096)
        peak = peak_kib(program)
        program.stdout.read()
        program.wait()
    with_qemu = " with qemu's own" if "qemu" in command[0] else ""
    print(f"{arch}: analyzer {sizes[0]} bytes, nsglue {sizes[1]} bytes, captures correlated in {peak} KiB{with_qemu}")
    if sizes[0] > LIMIT:
        print(f"the analyzer is larger than {LIMIT} bytes")
    return program.returncode != 0 or sizes[0] > LIMIT


sys.exit(main())
