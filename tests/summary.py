#!/usr/bin/env python3
"""Adds up the test results of several Meson builds: summary.py LOGDIR...; the last line is 'N passed, N failed, N skipped'."""
import json
import pathlib
import sys
import xml.etree.ElementTree as ET


def count(log_dir):
    passed = failed = skipped = 0
    for case in ET.parse(log_dir / "testlog.junit.xml").getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            skipped += 1
            reason = case.find("skipped")
            text = (reason.get("message") or reason.text or "") if reason is not None else ""
            print(f"skipped: {case.get('classname')}.{case.get('name')} {' '.join(text.split())}")
        else:
            passed += 1
    return passed, failed + unreported(log_dir), skipped


def unreported(log_dir):
    """Test programs that were cut off before they wrote which of their cases failed."""
    cut_off = 0
    for line in (log_dir / "testlog.json").read_text().splitlines():
        test = json.loads(line)
        if test["result"] in ("TIMEOUT", "INTERRUPT", "ERROR"):
            print(f"{test['result']}: {test['name']}")
            cut_off += 1
    return cut_off


totals = [0, 0, 0]
for argument in sys.argv[1:]:
    folder = pathlib.Path(argument)
    if (folder / "testlog.junit.xml").exists():
        totals = [a + b for a, b in zip(totals, count(folder))]
print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
