#!/usr/bin/env python3
"""Adds up the test results of several Meson builds: summary.py [--tools] LOGDIR...; the last line is 'N passed, N failed, N skipped'.

With --tools a test that was skipped because a tool is not installed has failed: who says so has installed them all. Exit 1 when one
failed."""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

WANTS_A_TOOL = re.compile(r"not installed|\binstall\b")


def reason_of(case):
    skipped = case.find("skipped")
    text = (skipped.get("message") or skipped.text or "") if skipped is not None else ""
    return " ".join((text or case.findtext("system-out") or "").split())


def count(log, tools):
    passed = failed = skipped = 0
    for case in ET.parse(log).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            reason = reason_of(case)
            lacks = tools and WANTS_A_TOOL.search(reason) is not None
            failed += lacks
            skipped += not lacks
            print(f"{'FAILED, for want of a tool' if lacks else 'skipped'}: {name} {reason}")
        else:
            passed += 1
    return passed, failed + unreported(log), skipped


def unreported(log):
    """Test programs that were cut off before they wrote which of their cases failed."""
    cut_off = 0
    for line in log.with_name(log.name.replace(".junit.xml", ".json")).read_text().splitlines():
        test = json.loads(line)
        if test["result"] in ("TIMEOUT", "INTERRUPT", "ERROR"):
            print(f"{test['result']}: {test['name']}")
            cut_off += 1
    return cut_off


def main():
    folders = [pathlib.Path(a) for a in sys.argv[1:] if a != "--tools"]
    totals = [0, 0, 0]
    for folder in folders:
        for log in sorted(folder.glob("*.junit.xml")):  # one of each call of meson test, by its --logbase
            totals = [a + b for a, b in zip(totals, count(log, "--tools" in sys.argv))]
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    sys.exit(1 if totals[1] else 0)


if __name__ == "__main__":
    main()
