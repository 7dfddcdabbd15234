#!/usr/bin/env python3
"""What a fleet writes for others: metrics that Prometheus reads, a Grafana dashboard that asks for what there is, Kubernetes manifests."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

if shutil.which("ansible-inventory") is None:
    print("skipped: Ansible is not there (package ansible-core)")
    sys.exit(77)

HOPCOST, SOURCE = os.environ["HOPCOST_BIN"], pathlib.Path(os.environ["HOPCOST_SOURCE"])
MODELS = pathlib.Path(os.environ["HOPCOST_KUBERNETES_MODELS"])
LOAD = {"rate_pps": 20000.0, "size": 64, "burst": 1, "gap": "jittered"}


def result(cost):
    share = {"estimate": cost / 2000, "ci95": [cost / 2000 - 0.01, cost / 2000 + 0.01]}
    figure = {"estimate": cost, "ci95": [cost - 5, cost + 5], "builds": 8, "verdict": "higher", "share_of_host": share}
    modes = [{"name": "host", "cost_vs_host_ns": None}, {"name": "bridge", "lost": 0, "cost_vs_host_ns": figure}]
    many = {"load": {**LOAD, "containers": 8, "deal": "spread"}, "modes": modes}
    return {"schema": "hopcost.result/2", "complete": True, "verdict": {"fit": True}, "load": LOAD, "started": "2026-01-01T00:00:00Z", "modes": modes,
            "further_levels": [many]}


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.inventory = self.folder / "inventory.ini"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def fleet(self, *options):
        done = subprocess.run([HOPCOST, "fleet", "-i", str(self.inventory), *options], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def collected(self):
        """A fleet of five with results and one without."""
        self.inventory.write_text("[all]\nh[1:6]\n")
        for n in range(1, 6):
            folder = self.folder / "out" / "hosts" / f"h{n}" / "result"
            folder.mkdir(parents=True)
            (folder / "result.json").write_text(json.dumps(result(800 + n if n < 5 else 1500)))
        code, _, said = self.fleet("--collect", "--out", str(self.folder / "out"))
        self.assertEqual(code, 5, said)
        return (self.folder / "out" / "fleet.prom").read_text()

    def samples(self, families):
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}

    def test_metrics_are_of_both_formats(self):
        try:
            from prometheus_client import parser
            from prometheus_client.openmetrics import parser as openmetrics
        except ImportError:
            self.skipTest("needs python3-prometheus-client")
        text = self.collected()
        old, new = self.samples(parser.text_string_to_metric_families(text)), self.samples(openmetrics.text_string_to_metric_families(text))
        self.assertEqual(old, new)
        level = [("burst", "1"), ("rate", "20000"), ("size", "64")]
        self.assertAlmostEqual(new["hopcost_fleet_cost_seconds", tuple(sorted([("host", "h2"), ("mode", "bridge")] + level))], 802e-9)
        self.assertEqual(new["hopcost_fleet_outlier", tuple(sorted([("host", "h5"), ("mode", "bridge")] + level))], 1)
        self.assertEqual(new["hopcost_fleet_host", (("host", "h6"), ("state", "waiting"))], 1)
        families = {f.name: f.type for f in parser.text_string_to_metric_families(text)}
        self.assertEqual(set(families.values()), {"gauge"})

    def test_the_dashboard_asks_for_what_there_is(self):
        given = {}
        for name, labels in re.findall(r"^(hopcost_\w+)(\{.*\})? ", self.collected(), re.M):
            given.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
        dashboard = json.loads((SOURCE / "grafana" / "hopcost-fleet.json").read_text())
        asked, labelled = set(), {}
        queries = [t["expr"] for p in dashboard["panels"] for t in p["targets"]]
        queries += [v["query"]["query"] for v in dashboard["templating"]["list"] if v["type"] == "query"]
        for query in queries:
            for name, labels in re.findall(r"(hopcost_\w+)(\{[^}]*\})?", query):
                self.assertIn(name, given, query)
                asked.add(name)
                labelled.setdefault(name, set()).update(re.findall(r"(\w+)=~?\"", labels))
            for name, label in re.findall(r"label_values\((\w+), (\w+)\)", query):
                self.assertIn(label, given[name], query)
            for label in re.findall(r"by \((\w+)\)", query):
                self.assertIn(label, given[re.search(r"hopcost_\w+", query).group()], query)
        self.assertEqual(asked, set(given), "each is shown somewhere")
        for name, labels in labelled.items():
            self.assertLessEqual(labels, given[name], name)
            if "rate" in given[name]:  # hosts are all shown where none is chosen
                self.assertLessEqual(given[name] - {"host"}, labels, f"{name}: levels are told apart by every label")
        variables = {v["name"] for v in dashboard["templating"]["list"]}
        self.assertLessEqual(set(re.findall(r"\$(\w+)", " ".join(queries))), variables)
        ids = [p["id"] for p in dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_manifests_are_as_kubernetes_publishes_them(self):
        if shutil.which("node") is None or not MODELS.is_dir():
            self.skipTest(f"needs node, and npm's kubernetes-models in {MODELS}: ./dev test puts it there")
        self.inventory.write_text("[devices]\nn1\nN_2 hopcost_tester=n3 hopcost_nic=eth1 hopcost_tester_nic=eth2 ansible_host=192.0.2.9 ansible_user=root\n"
                                  "n4 ansible_host='{{ x }}'\n[testers]\nn3\n")
        code, out, said = self.fleet("--kubernetes", "--image", "registry/hopcost:7")
        self.assertEqual(code, 5, said)
        self.assertIn("left out: n4", said)
        (self.folder / "list.json").write_text(out)
        self.assertEqual(sorted(i["kind"] for i in json.loads(out)["items"]), ["ConfigMap", "DaemonSet", "Job", "Job", "Namespace"])
        done = subprocess.run(["node", SOURCE / "tests" / "hopcost" / "fleet" / "validate.js", MODELS, self.folder / "list.json"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        for item in json.loads(out)["items"]:
            self.assertRegex(item["metadata"]["name"], r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
        for script in re.findall(r'"-c",\s*(".*")', out):  # what the pods run is a shell's
            self.assertEqual(subprocess.run(["sh", "-n", "-c", json.loads(script)]).returncode, 0)
        broken = out.replace('"parallelism": 2', '"parallelism": "2"')
        self.assertNotEqual(broken, out)
        (self.folder / "list.json").write_text(broken)
        done = subprocess.run(["node", SOURCE / "tests" / "hopcost" / "fleet" / "validate.js", MODELS, self.folder / "list.json"], capture_output=True, text=True)
        self.assertIn("parallelism must be integer", done.stdout, "the schema is looked at")


if __name__ == "__main__":
    unittest.main(verbosity=2)
