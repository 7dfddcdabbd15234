#!/usr/bin/env python3
"""Runs tests that failed once more, one at a time and with nothing beside: again.py BUILD_FOLDER...

Tests send real packets and look at times. On a machine that others use too, a few of two thousand can fail because the CPU was away at the
wrong moment. A fault of the program fails again. More than twelve failures are a fault at once, and then nothing runs again. Nor does what
is left after a quarter of an hour. Who passes alone is noted for summary.py, which names it."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

import results

MOST = 12
ALLOWED_S = 900


def run_alone(case, folder, allowed_s):
    """Whether it passed, and what it printed. A case that did not run, or skipped itself, has not passed."""
    command, env = case.run["command"], {k: v for k, v in case.run["env"].items() if not k.startswith("GTEST_")}
    with tempfile.TemporaryDirectory() as own:
        log = pathlib.Path(own) / "log.xml"
        if case.key[2]:
            command = [*command, f"--gtest_filter={case.key[2]}"]
            env["GTEST_OUTPUT"] = f"xml:{log}"
        try:
            run = subprocess.run(command, env={**os.environ, **env}, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True, errors="replace", timeout=allowed_s, check=False)
        except subprocess.TimeoutExpired as late:
            return False, f"{late}\n"
        return run.returncode == 0 and (not case.key[2] or has_run(log)), run.stdout


def has_run(log):
    case = ET.parse(log).find(".//testcase[@status='run']") if log.exists() else None
    return case is not None and case.find("skipped") is None


def main():
    failed = {(build, case.key): case for build in map(pathlib.Path, sys.argv[1:]) for case in results.cases(build / "meson-logs")
              if case.state == "failed"}  # lines of TAP are one test: their program runs as a whole
    if len(failed) > MOST:
        return
    until = time.monotonic() + ALLOWED_S
    for (build, _), case in failed.items():
        left_s = until - time.monotonic()
        if left_s <= 0:
            print(f"{case.name} failed; there was no time to run it alone", flush=True)
            continue
        passed, said = run_alone(case, build, left_s)
        print(f"{case.name} failed; run alone it {'passed' if passed else 'failed again'}", flush=True)
        if passed:
            logs = build / "meson-logs"
            results.note_passed_alone(logs, results.passed_alone(logs) | {case.key})
        else:
            print(said)


if __name__ == "__main__":
    main()
