#!/usr/bin/env python3
"""hopcost fleet over eight hosts of an Ansible inventory, here namespaces with an sshd each: one is dead, one is slow. Then by the Ansible role."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

if os.environ.get("HOPCOST_APART") != "yes":  # in namespaces of its own, so that nothing is met and nothing is left
    if os.geteuid() != 0:
        print("skipped: makes network namespaces, needs root")
        sys.exit(77)
    if shutil.which("ansible-inventory") is None:
        print("skipped: Ansible is not there (package ansible-core)")
        sys.exit(77)
    os.environ["HOPCOST_APART"] = "yes"
    inside = "mount -t tmpfs none /run && ip link set lo up && exec \"$@\""
    os.execvp("unshare", ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", inside, "sh", sys.executable, *sys.argv])

from bench import BUILD, PROGRAMS, Hosts  # noqa: E402

SOURCE = pathlib.Path(os.environ["HOPCOST_SOURCE"])
HOSTS = [f"h{n}" for n in range(1, 9)]
DEAD, SLOW = "h5", "h7"
PARTIAL = 5


class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.bench = Hosts(cls.folder, noisy=False)  # Ansible minds
        for n, name in enumerate(HOSTS):
            cls.bench.add(name, f"192.0.2.{4 * n + 2}", f"192.0.2.{4 * n + 1}")
        cls.bench.known()
        cls.bench.wait_for_daemons()
        words = " ".join(f'"{w}"' if " " in w else w for w in cls.bench.ssh_words())
        text = "[fleet]\n" + "".join(f"{h.name} ansible_host={h.address} hopcost_folder={h.folder}\n" for h in cls.bench.hosts)
        cls.inventory = cls.folder / "inventory.ini"
        cls.inventory.write_text(f"{text}[fleet:vars]\nansible_user=root\nansible_ssh_common_args='{words}'\nansible_python_interpreter={sys.executable}\n")
        cls.campaign = cls.folder / "campaign.toml"
        cls.campaign.write_text("modes = ['host', 'bridge']\nbuilds = 2\nslot_ms = 5\n")

    @classmethod
    def tearDownClass(cls):
        cls.bench.close()
        shutil.rmtree(cls.folder)

    def host(self, name):
        return next(h for h in self.bench.hosts if h.name == name)

    def run_fleet(self, *options):
        command = [BUILD / "campaign" / "hopcost", "fleet", "-i", self.inventory, self.campaign, "--out", self.folder / "out", *options]
        done = subprocess.run([str(w) for w in command], capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def fleet(self, out="out"):
        return json.loads((self.folder / out / "fleet.json").read_text())

    def states(self, fleet):
        return {h["name"]: h["state"] for h in fleet["hosts"]}

    def expect_costs_of_the_hosts_own_results(self, fleet, out="out"):
        (level,), names = fleet["levels"], [h["name"] for h in fleet["hosts"] if h["state"] == "complete"]
        (bridge,) = level["modes"]
        self.assertEqual(bridge["name"], "bridge")
        self.assertEqual([r["host"] for r in bridge["hosts"]], names)
        for row in bridge["hosts"]:
            own = json.loads((self.folder / out / "hosts" / row["host"] / "result" / "result.json").read_text())
            mode = next(m for m in own["modes"] if m["name"] == "bridge")
            self.assertEqual(row["cost_ns"]["estimate"], mode["cost_vs_host_ns"]["estimate"])
            self.assertGreater(row["cost_ns"]["estimate"], 0)

    def test_a_dead_host_is_a_row_a_slow_one_sets_the_time_and_the_rest_is_gone_on_with(self):
        dead, slow = self.host(DEAD), self.host(SLOW)
        dead.daemon.terminate()
        dead.daemon.wait()
        slow.replace("pktgen", f"#!/bin/sh\nsleep 4\nexec {BUILD}/pktgen/pktgen \"$@\"\n")
        code, table, said = self.run_fleet("--forks", "8", "--metrics", str(self.folder / "hopcost.prom"))
        self.assertEqual(code, PARTIAL, said)
        fleet = self.fleet()
        self.assertEqual(self.states(fleet), {h: "failed" if h == DEAD else "complete" for h in HOSTS}, said)
        self.assertFalse(fleet["complete"])
        self.assertRegex(table, rf"(?m)^{DEAD}: failed: connect to root@{dead.address}: .*refused")
        self.expect_costs_of_the_hosts_own_results(fleet)
        for host in HOSTS:
            self.assertRegex(table, rf"(?m)^{host} +{'-' if host == DEAD else '[+]'}")
        # All at once: the whole takes as long as its longest.
        took = {h["name"]: h["took_s"] for h in fleet["hosts"]}
        self.assertLess(fleet["elapsed_s"], max(took.values()) + 3)
        self.assertGreater(sum(took.values()), 2 * fleet["elapsed_s"])
        self.assertIn(f"{max(took, key=took.get)} took", table)
        self.assertEqual((self.folder / "hopcost.prom").read_text(), (self.folder / "out" / "fleet.prom").read_text())
        page = (self.folder / "out" / "report.html").read_text()
        self.assertIn("hosts/h1/result/report.html", page)
        self.assertIn("refused", page)

        # The dead one is mended: the same command runs it alone.
        dead.start_daemon()
        slow.restore("pktgen")
        self.bench.wait_for_daemons()
        code, table, said = self.run_fleet("--json")
        self.assertEqual(code, 0, said)
        again = json.loads(table)
        self.assertEqual(again, self.fleet())
        self.assertEqual({h["name"] for h in again["hosts"] if not h["reused"]}, {DEAD})
        self.assertIn("1 of 1", said)
        self.assertTrue(again["complete"])
        self.assertEqual([h.leftovers() for h in self.bench.hosts], [[]] * len(HOSTS))

    def test_by_the_ansible_role(self):
        """Push, run, fetch on two hosts, one of them unreachable; the table is hopcost's own."""
        pushed = [str(BUILD / p / p) for p in PROGRAMS] + [str(BUILD / "campaign" / "hopcost")]
        inventory, before = self.folder / "two.ini", set(pathlib.Path("/tmp").glob("*.hopcost"))
        inventory.write_text(self.inventory.read_text().replace("[fleet:vars]", "nobody ansible_host=192.0.2.1 ansible_port=1\n[fleet:vars]"))
        variables = {"hopcost_out": str(self.folder / "role"), "hopcost_campaign": str(self.campaign), "hopcost_push": pushed,
                     "hopcost_here": str(BUILD / "campaign" / "hopcost"), "hopcost_topologies": str(SOURCE / "topologies"), "hopcost_hosts": "h1,nobody"}
        done = subprocess.run(["ansible-playbook", "-i", str(inventory), str(SOURCE / "ansible" / "hopcost.yml"), "-e", json.dumps(variables)],
                              capture_output=True, text=True, timeout=200, env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1", "ANSIBLE_LOCALHOST_WARNING": "False"})
        said = done.stdout + done.stderr
        fleet = self.fleet("role")
        self.assertEqual(self.states(fleet), {"h1": "complete", "nobody": "failed"}, said)
        self.assertIn("Ansible can't reach it", next(h["reason"] for h in fleet["hosts"] if h["name"] == "nobody"))
        self.assertNotEqual(done.returncode, 0, "a fleet with a host that failed is no success")
        self.expect_costs_of_the_hosts_own_results(fleet, "role")
        self.assertEqual(set(pathlib.Path("/tmp").glob("*.hopcost")) - before, set(), "all is taken off the host")


if __name__ == "__main__":
    unittest.main(verbosity=2)
