#!/usr/bin/env python3
"""What summary.py and again.py make of Meson's logs: summary_test.py SOURCE_FOLDER."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(sys.argv[1]) / "tests"

# A program as GoogleTest's are: `good` passes, `bad` fails, `odd` skips itself, and nobody else is there.
PROGRAM = """import os, pathlib, sys
name = sys.argv[-1].removeprefix("--gtest_filter=A.")
inside = {"bad": "<failure/>", "odd": "<skipped/>"}.get(name, "")
case = f'<testcase classname="A" name="{name}" status="run">{inside}</testcase>' if name in ("good", "bad", "odd") else ""
pathlib.Path(os.environ["GTEST_OUTPUT"].removeprefix("xml:")).write_text(f"<testsuites>{case}</testsuites>")
assert "GTEST_SHARD_INDEX" not in os.environ
sys.exit(name == "bad")
"""


class Logs(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.build = pathlib.Path(temporary.name)
        self.logs = self.build / "meson-logs"
        self.logs.mkdir()
        (self.build / "program.py").write_text(PROGRAM)

    def log(self, name, suites, *runs):
        (self.logs / f"{name}.junit.xml").write_text(f"<testsuites>{suites}</testsuites>")
        (self.logs / f"{name}.json").write_text("".join(json.dumps(run) + "\n" for run in runs))

    def log_failures(self, *names):
        cases = "".join(f'<testcase classname="A" name="{name}" status="run"><failure/></testcase>' for name in names)
        self.log("testlog", f'<testsuite name="hopcost.hopcost:unit / program.A"><testcase classname="A" name="fine" status="run"/>{cases}</testsuite>',
                 {"name": "hopcost:unit / program", "result": "FAIL", "command": [sys.executable, "program.py", "--gtest_filter=A.*"],
                  "env": {"GTEST_SHARD_INDEX": "1"}})

    def says(self, *arguments):
        run = subprocess.run([sys.executable, TESTS / "summary.py", *arguments, self.logs], capture_output=True, text=True, check=False)
        lines = run.stdout.splitlines() or [run.stderr]
        self.assertEqual(run.returncode != 0, " 0 failed" not in lines[-1])
        return lines

    def run_again(self):
        return subprocess.run([sys.executable, TESTS / "again.py", self.build], capture_output=True, text=True, check=True).stdout

    def test_who_lacks_a_tool_fails_where_all_tools_are(self):
        suite = """<testsuite name="hopcost.a.Tshark"><testcase classname="a" name="good"/>
<testcase classname="Tshark" name="Reads" result="skipped"><skipped message="tshark is not installed&#x0A;"/></testcase>
<testcase classname="Cpu" name="Two" result="skipped"><skipped message="needs two CPUs"/></testcase></testsuite>
<testsuite name="hopcost"><testcase classname="hopcost" name="b"><skipped/><system-out>nft is not installed</system-out></testcase></testsuite>"""
        for name in ("testlog", "alone"):
            self.log(name, suite, {"name": "a", "result": "OK"}, {"name": "b", "result": "SKIP"})
        self.assertEqual(self.says()[-1], "2 passed, 0 failed, 6 skipped")
        self.assertEqual(self.says("--tools")[-1], "2 passed, 4 failed, 2 skipped")

    def test_a_program_that_ends_badly_after_its_last_case_has_failed(self):
        suite = '<testsuite name="hopcost.a.A"><testcase classname="A" name="good"/></testsuite>'
        for result in ("FAIL", "ERROR", "TIMEOUT"):
            self.log("testlog", suite, {"name": "a", "result": result})
            self.assertEqual(self.says(), [f"FAILED: a {result}", "1 passed, 1 failed, 0 skipped"])

    def test_who_passes_alone_has_passed_and_is_named(self):
        self.log_failures("good")
        self.assertEqual(self.says()[-1], "1 passed, 1 failed, 0 skipped")
        self.assertEqual(self.run_again(), "A.good failed; run alone it passed\n")
        self.assertEqual(self.says(), ["passed when run alone: A.good", "2 passed, 0 failed, 0 skipped"])

    def test_who_fails_again_skips_itself_or_is_not_there_has_failed(self):
        for name in ("bad", "odd", "gone"):
            self.log_failures(name)
            self.assertIn(f"A.{name} failed; run alone it failed again\n", self.run_again())
            self.assertEqual(self.says(), [f"FAILED: A.{name}", "1 passed, 1 failed, 0 skipped"])

    def test_a_test_without_cases_runs_again_as_a_whole(self):
        suite = '<testsuite name="hopcost"><testcase classname="hopcost" name="whole"><failure/></testcase></testsuite>'
        for code, words in ((0, "1 passed, 0 failed, 0 skipped"), (1, "0 passed, 1 failed, 0 skipped")):
            (self.logs / "passed_alone.json").unlink(missing_ok=True)
            self.log("testlog", suite, {"name": "whole", "result": "FAIL", "command": ["sh", "-c", f"exit {code}"], "env": {}})
            self.run_again()
            self.assertEqual(self.says()[-1], words)

    def test_failed_lines_of_tap_are_one_program(self):
        lines = "".join(f'<testcase classname="x" name="{n} - y"><failure/></testcase>' for n in range(5))
        self.log("testlog", f'<testsuite name="hopcost.hopcost:guest / taps">{lines}</testsuite>',
                 {"name": "hopcost:guest / taps", "result": "ERROR", "command": ["sh", "-c", "echo ran >>ran"], "env": {}})
        self.assertEqual(self.says()[-1], "0 passed, 5 failed, 0 skipped")
        self.assertEqual(self.run_again(), "taps failed; run alone it passed\n")
        self.assertEqual((self.build / "ran").read_text(), "ran\n")
        self.assertEqual(self.says()[-1], "5 passed, 0 failed, 0 skipped")

    def test_many_failures_do_not_run_again(self):
        self.log_failures("good", *(f"other-{n}" for n in range(12)))
        self.assertEqual(self.run_again(), "")
        self.assertEqual(self.says()[-1], "1 passed, 13 failed, 0 skipped")
        self.log_failures("good", *(f"other-{n}" for n in range(11)))
        self.assertIn("A.good failed; run alone it passed\n", self.run_again())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
