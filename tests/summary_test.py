#!/usr/bin/env python3
"""That tests which were skipped for want of a tool fail where all tools are there: summary_test.py SOURCE_FOLDER."""
import pathlib
import subprocess
import sys
import tempfile

LOG = """<testsuites><testsuite name="a" tests="3">
<testcase classname="a" name="good"/>
<testcase classname="Tshark" name="Reads" result="skipped"><skipped message="tshark is not installed&#x0A;"/></testcase>
<testcase classname="a" name="traffic"><skipped/><system-out>nft is not installed</system-out></testcase>
<testcase classname="Cpu" name="Two" result="skipped"><skipped message="needs two CPUs"/></testcase>
</testsuite></testsuites>"""
failures = []


def check(arguments, code, words):
    with tempfile.TemporaryDirectory() as folder:
        for log in ("testlog", "alone"):
            (pathlib.Path(folder) / f"{log}.junit.xml").write_text(LOG)
            (pathlib.Path(folder) / f"{log}.json").write_text("")
        run = subprocess.run([sys.executable, pathlib.Path(sys.argv[1]) / "tests/summary.py", *arguments, folder], capture_output=True,
                             text=True, check=False)
    if run.returncode != code or run.stdout.splitlines()[-1] != words:
        failures.append(f"{arguments}: {run.returncode}, {run.stdout}")


check([], 0, "2 passed, 0 failed, 6 skipped")
check(["--tools"], 1, "2 passed, 4 failed, 2 skipped")
print("\n".join(failures) or "ok")
sys.exit(1 if failures else 0)
