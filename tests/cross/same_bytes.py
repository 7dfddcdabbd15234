#!/usr/bin/env python3
"""same_bytes.py ANALYZER CORPUS COMMAND...: a cross-built analyzer, run by COMMAND, says to the byte what ANALYZER says, of
capture files made here and of the fuzzers' corpus, broken files included."""
import pathlib
import subprocess
import sys
import tempfile

import captures


def said(command):
    done = subprocess.run(command, capture_output=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def main():
    here, corpus, there = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    differences = bytes_compared = 0
    with tempfile.TemporaryDirectory() as folder:
        runs = captures.write_all(pathlib.Path(folder))
        runs += [["--tap", f"a=pcap:{file}", "--json"] for file in sorted(corpus.iterdir())]
        for run in runs:
            ours, theirs = said([here] + run), said(there + run)
            bytes_compared += len(ours[1])
            if ours != theirs:
                differences += 1
                print("differs:", *run)
                for a, b in zip(ours, theirs):
                    if a != b:
                        print("  here: ", str(a)[:600], "\n  there:", str(b)[:600])
    print(f"{len(runs)} runs, {bytes_compared} bytes, {differences} differ")
    return differences != 0


sys.exit(main())
