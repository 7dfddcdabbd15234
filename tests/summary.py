#!/usr/bin/env python3
"""Adds up the test results of several Meson builds: summary.py [--tools] LOGDIR...; the last line is 'N passed, N failed, N skipped'.

With --tools a test that was skipped because a tool is not installed has failed: who says so has installed them all. Who passed when
again.py ran it alone has passed, and is named. Exit 1 when one failed."""
import pathlib
import re
import sys

import results

WANTS_A_TOOL = re.compile(r"not installed|\binstall\b")


def verdict_of(case, alone, tools):
    if case.state == "failed":
        return "passed when run alone" if case.key in alone else "FAILED"
    if case.state == "skipped":
        return "FAILED, for want of a tool" if tools and WANTS_A_TOOL.search(case.reason) else "skipped"
    return "passed"


def main():
    folders = [pathlib.Path(a) for a in sys.argv[1:] if a != "--tools"]
    totals = {"passed": 0, "FAILED": 0, "skipped": 0}
    for folder in folders:
        alone = results.passed_alone(folder)
        for case in results.cases(folder):
            verdict = verdict_of(case, alone, "--tools" in sys.argv)
            totals[re.match(r"\w+", verdict)[0]] += 1
            if verdict != "passed":
                print(f"{verdict}: {case.name} {case.reason}".rstrip())
    print(f"{totals['passed']} passed, {totals['FAILED']} failed, {totals['skipped']} skipped")
    sys.exit(1 if totals["FAILED"] else 0)


if __name__ == "__main__":
    main()
