#!/usr/bin/env python3
"""The Python module and its examples, on real packets through a router in namespaces: python_test.py SOURCE_ROOT NSGLUE PKTGEN.

Exit status 77 without the privilege to make namespaces.
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT, NSGLUE, PKTGEN = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.path.insert(0, str(ROOT / "python"))
os.environ["HOPCOST_PKTGEN"] = PKTGEN
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
sys.dont_write_bytecode = True

from hopcost import Bounds, Pktgen, PktgenError, Trial, highest_rate  # noqa: E402

PORT, RX_PORT, MAC = "af_packet:t0@hc-py-tester", "af_packet:t1@hc-py-far", "02:68:63:00:00:02"


def shell(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout


def setUpModule():
    shell(NSGLUE, "--instance", "py", "up", str(ROOT / "topologies/device/router.toml"))
    shell("ip", "-n", "hc-py-router", "route", "add", "198.19.64.0/18", "via", "198.19.1.2")


def tearDownModule():
    shell(NSGLUE, "down", "py")


class Examples(unittest.TestCase):
    def example(self, name, *more):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
        done = subprocess.run([sys.executable, str(ROOT / "python/examples" / name), PORT, RX_PORT, MAC, *more],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_there_are_five_and_all_are_run(self):
        run = {"send_and_count.py", "change_the_rate.py", "loss_by_flow.py", "search.py", "latency_under_load.py"}
        self.assertEqual({p.name for p in (ROOT / "python/examples").glob("*.py")}, run)

    def test_send_and_count(self):
        self.assertRegex(self.example("send_and_count.py"), r"sent \d+, received [1-9]\d*, lost \d+ \(")

    def test_change_the_rate(self):
        rates = [int(n) for n in re.findall(r"sent (\d+) pps", self.example("change_the_rate.py"))]
        self.assertEqual(len(rates), 3)
        self.assertLess(rates[0], rates[1])
        self.assertLess(rates[1], rates[2])

    def test_loss_by_flow(self):
        sent = [int(n) for n in re.findall(r"sent (\d+)", self.example("loss_by_flow.py"))]
        self.assertEqual(len(sent), 3)
        self.assertAlmostEqual(sent[1] / sent[0], 4, delta=0.1)

    def test_search(self):
        self.assertRegex(self.example("search.py", "2000"), r"throughput [\d.]+ pps|the highest rate passes: 2000.0 pps")

    def test_latency_under_load(self):
        self.assertEqual(self.example("latency_under_load.py", "2000").count("median"), 3)


class Module(unittest.TestCase):
    def test_what_pktgen_refuses_is_an_exception_with_its_exit_code(self):
        with self.assertRaises(PktgenError) as raised:
            Pktgen("af_packet:none@hc-py-tester", dst_mac=MAC)
        self.assertEqual(raised.exception.exit, 4)
        with Pktgen("null") as gen:
            with self.assertRaises(PktgenError) as raised:
                gen.stop()
            self.assertEqual(raised.exception.exit, 2)
            with self.assertRaises(PktgenError):
                gen.start(rate="fast")
            self.assertEqual(gen.run(rate=1000, count=10).sent, 10, "and it serves on")

    def test_runs_follow_each_other(self):
        with Pktgen("null") as gen:
            self.assertEqual(gen.run(rate=10000, count=100).sent, 100)
            self.assertEqual(gen.run(count=7).sent, 7)
            timed = gen.run(rate=1000, duration=0.2)
            self.assertIn(timed.sent, range(1, 202), "fewer where the CPU is taken away at the end")
            self.assertIn(timed.offered, (199, 200, 201), "an end by the clock may be one off")
            gen.start(rate=100, duration=60)
            stopped = gen.stop()
            self.assertEqual(stopped.partial, "stopped")
            self.assertLess(stopped.sent, 6000)

    def test_what_was_to_be_sent_is_what_was_asked_for(self):
        with Pktgen("null") as gen:
            for run in [{"rate": "1kpps", "duration": 0.2}, {}, {"rate": 1000}]:
                self.assertIn(gen.run(**run).planned, range(198, 203), run)
            self.assertEqual(gen.run(count=7).planned, 7)
            self.assertEqual(gen.run(rate="10kpps").planned, 7, "as in the run before")
            self.assertIsNone(gen.run(rate="1k/100ms,2k/100ms", duration=0.2).planned)
            self.assertIsNone(gen.run(rate="max", duration=0.05).planned)

    def test_a_rate_that_was_changed_leaves_no_plan(self):
        with Pktgen("null") as gen:
            gen.start(rate=20000, duration=0.4)
            gen.set_rate(100)
            slow = gen.wait()
            self.assertIsNone(slow.planned)
            self.assertEqual(slow.offered, slow.sent, "what was never due is not lost")
            self.assertEqual(gen.run(duration=0.1).planned, 10, "the rate holds for later runs")

    def test_what_was_never_sent_is_lost(self):
        trial = Trial({"sent": 90, "rx": {"received": 90}, "partial": ""}, planned=100)
        self.assertEqual((trial.lost, trial.loss), (10, 0.1))
        self.assertEqual(Trial({"sent": 0, "rx": None, "partial": ""}).loss, 1)
        self.assertEqual(Trial({"sent": 99, "rx": {"received": 99}, "partial": ""}, planned=100).lost, 0)

    def test_highest_rate(self):
        self.assertEqual(highest_rate(lambda rate: True, 1, 10), Bounds(10, None))
        self.assertEqual(highest_rate(lambda rate: False, 1, 10), Bounds(None, 1))
        found = highest_rate(lambda rate: rate <= 333, 1, 1000, 0.001)
        self.assertLessEqual(found.lower, 333)
        self.assertGreater(found.upper, 333)
        self.assertLess(found.upper - found.lower, 0.4)
        with self.assertRaises(ValueError):
            highest_rate(lambda rate: True, 0, 10)


if os.geteuid() != 0:
    sys.exit(77)
unittest.main(argv=sys.argv[:1])
