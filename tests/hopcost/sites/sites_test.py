#!/usr/bin/env python3
"""hopcost run with tester and device on two hosts, here namespaces with an sshd each: figures, and all that can go wrong between them."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

if os.environ.get("HOPCOST_APART") != "yes":  # in namespaces of its own, so that nothing is met and nothing is left
    if os.geteuid() != 0:
        print("skipped: makes network namespaces, needs root")
        sys.exit(77)
    os.environ["HOPCOST_APART"] = "yes"
    inside = "mount -t tmpfs none /run && ip link set lo up && exec \"$@\""
    os.execvp("unshare", ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", inside, "sh", sys.executable, *sys.argv])

from bench import BUILD, Bench  # noqa: E402

QUICK = ("--modes", "host,bridge", "--builds", "1", "--slot-ms", "20")
PARTIAL, REFUSED, MISSING, PRIVILEGE, USAGE = 5, 7, 4, 3, 2


def cost(result, mode):
    return next(m for m in result["modes"] if m["name"] == mode)["cost_vs_host_ns"]


class Sites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.bench = Bench(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.bench.close()
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.bench.write_campaign()

    def expect_clean(self, within_s=0):
        end = time.monotonic() + within_s
        left = []
        while True:
            left = self.bench.device.leftovers() + self.bench.tester.leftovers()
            if not left or time.monotonic() > end:
                break
            time.sleep(0.2)
        self.assertEqual(left, [])

    def test_costs_stand_in_their_order_and_times_are_unknown(self):
        code, said, result = self.bench.run("--modes", "host,veth,bridge,macvlan", "--builds", "8", "--slot-ms", "250")
        self.assertEqual(code, 0, said)
        for mode in result["modes"]:
            self.assertEqual((mode["lost"], mode["duplicates"]), (0, 0), said)
            self.assertGreater(mode["received"], 1000)
            self.assertIsNone(mode["end_to_end_ns"]["p50"])
            self.assertIn("two clocks", mode["end_to_end_ns"]["undefined"]["p50"])
            self.assertIsNone(mode["hops"][0]["p50_ns"], "from the sender to the wire is known to nobody")
        self.assertFalse(result["clocks"]["one_clock"])
        self.assertIn("times since sending are unknown", said)
        macvlan, bridge, veth = (cost(result, m) for m in ("macvlan", "bridge", "veth"))
        self.assertGreater(macvlan["ci95"][0], 0, said)
        self.assertLess(macvlan["ci95"][1], bridge["ci95"][0], said)
        self.assertLess(macvlan["ci95"][1], veth["ci95"][0], said)
        self.assertIsNone(bridge["share_of_host"])
        hops = next(m for m in result["modes"] if m["name"] == "bridge")["hops"]
        self.assertTrue(all(h["p50_ns"] is not None for h in hops[1:]), hops)
        self.expect_clean(within_s=10)

    def test_costs_stand_in_their_order_without_any_bpf(self):
        self.bench.write_campaign(device_wire="macvlan")
        code, said, result = self.bench.run("--modes", "host,veth,bridge,macvlan", "--tap-kind", "af_packet", "--builds", "8", "--slot-ms", "250")
        self.assertEqual(code, 0, said)
        for mode in result["modes"]:
            self.assertEqual((mode["lost"], mode["duplicates"]), (0, 0), said)
            self.assertGreater(mode["received"], 1000)
        self.assertEqual((result["campaign"]["wire"], result["campaign"]["tap_kind"]), ("macvlan", "af_packet"))
        self.assertIn("by a macvlan and a bridge, not by BPF", said)
        macvlan, bridge, veth = (cost(result, m) for m in ("macvlan", "bridge", "veth"))
        self.assertGreater(bridge["ci95"][0], 0, said)
        self.assertLess(macvlan["ci95"][1], bridge["ci95"][0], said)
        self.assertLess(macvlan["ci95"][1], veth["ci95"][0], said)
        self.expect_clean(within_s=10)

    def test_where_the_kernel_has_no_bpf_it_is_macvlan_by_itself(self):
        self.bench.device.take_bpf()
        try:
            code, said, result = self.bench.run(*QUICK)
            self.assertEqual(code, 0, said)
            self.assertEqual((result["campaign"]["wire"], result["campaign"]["tap_kind"]), ("macvlan", "af_packet"))
            self.assertEqual([m["lost"] for m in result["modes"]], [0, 0])
            self.assertIn("deals frames by macvlan and a bridge: this kernel has no BPF", said)
            self.expect_clean(within_s=10)
            self.refused(MISSING, "this kernel has no BPF", options=(*QUICK, "--device-wire", "bpf"))
        finally:
            for program in ("nsglue", "analyzer"):
                self.bench.device.restore(program)
        _, said, result = self.bench.run(*QUICK)
        self.assertEqual(result["campaign"]["wire"], "bpf", "else the test proves nothing: " + said)

    def test_a_killed_nsglue_leaves_nothing_once_the_next_run_has_begun(self):
        self.bench.write_campaign(device_wire="macvlan")
        run = subprocess.Popen(self.bench.command("--budget", "60s"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_something_stands(run)
        self.bench.device.kill("nsglue")
        run.wait(timeout=60)
        self.assertTrue(self.bench.device.leftovers(), "its namespaces stand: else this test proves nothing")
        code, said, _ = self.bench.run(*QUICK)
        self.assertEqual(code, 0, said)
        self.assertIn("removed what a run that was killed left behind", said)
        self.expect_clean(within_s=10)

    def test_costs_agree_with_those_of_one_machine(self):
        """Both as the runs went: two clocks don't tell how slow the CPU was. The runs follow each other, and the machine may be slower in one of
        them, so one of three tries has to agree."""
        options = ("--modes", "host,bridge,macvlan", "--builds", "8", "--slot-ms", "100")
        agree, told = False, ""
        for _ in range(3):
            code, said, apart = self.bench.run(*options)
            self.assertEqual(code, 0, said)
            code, said_alone, alone = self.bench.run_on_one_machine(*options)
            self.assertEqual(code, 0, said_alone)
            agree = True
            for mode in ("bridge", "macvlan"):
                two, one = cost(apart, mode), cost(alone, mode)["typical"]
                told += f"{mode}: on two hosts {two['estimate']:.0f} {two['ci95']}, on one {one['estimate']:.0f} {one['ci95']}\n"
                agree = agree and two["ci95"][0] < one["ci95"][1] and one["ci95"][0] < two["ci95"][1]
            if agree:
                break
        print(told)
        self.assertTrue(agree, told + said + said_alone)

    def test_af_xdp_with_a_queue_for_each_mode(self):
        # The second build's sockets take the queues that the first one's had.
        code, said, result = self.bench.run("--modes", "host,bridge", "--builds", "2", "--slot-ms", "20", "--backend", "af_xdp")
        self.assertEqual(code, 0, said)
        self.assertEqual(len(result["builds"]), 2)
        self.assertIn("af_xdp", result["campaign"]["backend"])
        self.assertEqual([m["lost"] for m in result["modes"]], [0, 0])

    def test_clocks_apart_change_no_cost(self):
        """The sender's clock 37 s, 100 ms behind; and running away: the other way round it is the same. Both hosts have one clock in truth, which
        --clock-bound may say: then the one-way time is known, and the bounds of all other runs must hold it."""
        options = ("--modes", "host,bridge", "--builds", "8", "--slot-ms", "100")
        _, said, plain = self.bench.run(*options, "--clock-bound", "1ns")
        self.assertEqual(plain["clocks"]["one_way"]["by"], "stated", said)
        way = plain["clocks"]["one_way"]["to_ns"]
        try:
            for ns, ppm in ((37_000_000_000, 0), (-100_000_000, 0), (56 * 365 * 86_400 * -1_000_000_000, 50)):
                self.bench.tester.skew(ns, ppm)
                code, said, result = self.bench.run(*options)
                self.assertEqual(code, 0, said)
                wide = sum(r["ci95"][1] - r["ci95"][0] for r in (cost(plain, "bridge"), cost(result, "bridge")))
                apart = abs(cost(plain, "bridge")["estimate"] - cost(result, "bridge")["estimate"])
                self.assertLess(apart, wide + 0.1 * cost(plain, "bridge")["estimate"], f"{ns} ns, {ppm} ppm: {said}")
                self.assertEqual([m["lost"] for m in result["modes"]], [0, 0])
                bounds, scatter = result["clocks"]["one_way"], 20_000
                self.assertEqual(bounds["by"], "messages", said)
                self.assertLess(bounds["from_ns"], way + scatter, said)
                self.assertGreater(bounds["to_ns"], way - scatter, said)
                self.assertLess(bounds["to_ns"] - bounds["from_ns"], 2e6, said)
                self.assertAlmostEqual(result["clocks"]["drift_ppm"], -ppm, delta=5, msg=said)
                self.refused(USAGE, "ns apart at least", options=(*QUICK, "--clock-bound", "1us"))
        finally:
            for program in ("pktgen", "nsglue"):
                self.bench.tester.restore(program)

    def test_a_run_that_is_killed_leaves_nothing(self):
        run = subprocess.Popen(self.bench.command("--budget", "60s"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_something_stands(run)
        run.kill()
        run.wait()
        self.expect_clean(within_s=30)

    def wait_until_something_stands(self, run):
        end = time.monotonic() + 90
        try:
            while "process analyzer" not in self.bench.device.leftovers():
                self.assertIsNone(run.poll(), "ended too early")
                self.assertLess(time.monotonic(), end, "nothing was built")
                time.sleep(0.1)
        except AssertionError:
            run.terminate()  # it goes, and takes away what it has built, before the next test
            run.communicate()
            raise
        time.sleep(2)

    def test_a_connection_that_is_cut_gives_a_partial_result_and_the_far_side_cleans_up(self):
        run = subprocess.Popen(self.bench.command("--budget", "120s"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.wait_until_something_stands(run)
        cut = time.monotonic()
        subprocess.run(["ip", "link", "set", self.bench.device.link, "down"], check=True)
        try:
            self.expect_clean_of_device(cut + 40)
            said = run.communicate(timeout=60)[0]
        finally:
            subprocess.run(["ip", "link", "set", self.bench.device.link, "up"], check=True)
        self.assertEqual(run.returncode, PARTIAL, said)
        result = self.bench.result()
        if result is not None:
            self.assertFalse(result["complete"])
        self.assertIn(self.bench.device.address, said)

    def expect_clean_of_device(self, end):
        while left := self.bench.device.leftovers():
            self.assertLess(time.monotonic(), end, left)
            time.sleep(0.5)

    def refused(self, code, *texts, options=QUICK):
        got, said, result = self.bench.run(*options)
        self.assertEqual(got, code, said)
        for text in texts:
            self.assertIn(text, said)
        self.assertIsNone(result)
        self.expect_clean(within_s=5)

    def test_a_host_key_that_changed_is_refused(self):
        known = pathlib.Path(self.folder) / "known"
        was = known.read_text()
        known.write_text(was.replace(was.split()[-2], pathlib.Path(self.folder, "user.pub").read_text().split()[1]))
        try:
            self.refused(REFUSED, "Host key verification failed", "ssh-keygen -R")
        finally:
            known.write_text(was)

    def test_a_program_of_another_architecture_is_told(self):
        elf = bytearray(pathlib.Path(BUILD / "analyzer" / "analyzer").read_bytes()[:4096])
        elf[18:20] = (8).to_bytes(2, "little")  # EM_MIPS
        self.bench.device.replace("analyzer", bytes(elf))
        try:
            self.refused(MISSING, "analyzer on root@192.0.2.6", "architecture")
        finally:
            self.bench.device.restore("analyzer")

    def test_an_older_version_is_told(self):
        self.bench.device.replace("nsglue", "#!/bin/sh\necho '{\"hello\":\"nsglue\",\"protocol\":2,\"version\":\"0.0.1\",\"pid\":1}'; cat >/dev/null\n")
        try:
            self.refused(MISSING, "version 0.0.1")
        finally:
            self.bench.device.restore("nsglue")

    def test_programs_that_are_not_there_are_told(self):
        self.bench.device.folder.joinpath("nsglue").unlink()
        try:
            self.refused(MISSING, "nsglue on root@192.0.2.6", "install hopcost there")
        finally:
            self.bench.device.folder.joinpath("nsglue").symlink_to(BUILD / "nsglue" / "nsglue")

    def test_a_sudo_that_asks_for_a_password_is_told(self):
        users = pathlib.Path(self.folder) / "passwd"
        users.write_text(pathlib.Path("/etc/passwd").read_text() + "walter:x:4711:4711::/:/bin/sh\n")
        self.bench.device.sh(f"mount --bind {users} /etc/passwd")
        os.chmod(self.folder, 0o755)
        self.bench.write_campaign(device_user="walter")
        try:
            self.refused(PRIVILEGE, "password", "NOPASSWD")
        finally:
            self.bench.device.sh("umount /etc/passwd")

    def test_a_full_disk_there_is_told(self):
        self.bench.device.sh("mkdir -p /run/netns && mount -t tmpfs -o nr_inodes=3 none /run/netns")
        try:
            got, said, _ = self.bench.run(*QUICK)
            self.assertEqual(got, 1, said)
            self.assertIn("No space left", said)
            self.assertEqual(self.bench.device.leftovers(), [])
        finally:
            self.bench.device.sh("umount -l /run/netns; umount -l /run/netns", check=False)

    def test_an_interface_that_somebody_needs_is_refused(self):
        self.bench.write_campaign(device_nic="ssh0")
        self.refused(REFUSED, "ssh0 carries the default route")
        self.bench.device.sh("ip route del default")
        try:
            self.refused(REFUSED, "ssh0 carries the ssh session")
        finally:
            self.bench.device.sh("ip route add default via 192.0.2.5")
        self.bench.write_campaign(device_nic="eth9")
        self.refused(MISSING, "eth9")

    def push(self, *options):
        """As a user has it: the host's key and ours are in ssh's own folder."""
        home, static = pathlib.Path(self.folder) / "ssh", pathlib.Path(self.folder) / "static"
        built = static / os.uname().machine
        home.mkdir(exist_ok=True)
        built.mkdir(parents=True, exist_ok=True)
        (home / "config").write_text(f"Host device\n HostName {self.bench.device.address}\n User root\n IdentityFile {self.folder}/user\n UserKnownHostsFile {self.folder}/known\n")
        (home / "config").chmod(0o600)
        for program in ("analyzer", "nsglue"):
            shutil.copy(BUILD / program / program, built / f"{program}.stripped")
        command = f"mkdir -p ~/.ssh && mount --bind {home} ~/.ssh && exec {BUILD}/campaign/hopcost push device {' '.join(options)}"
        done = subprocess.run(["unshare", "--mount", "sh", "-c", command], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "HOPCOST_STATIC": str(static)})
        return done.returncode, done.stdout + done.stderr

    def test_push_puts_programs_there_and_takes_them_off(self):
        folder = f"{self.folder}/pushed here"
        code, said = self.push("--folder", f"'{folder}'")
        self.assertEqual(code, 0, said)
        self.assertIn(folder, said)
        for program in ("analyzer", "nsglue"):
            self.assertEqual(pathlib.Path(folder, program).read_bytes(), (BUILD / program / program).read_bytes())
            self.assertTrue(os.access(f"{folder}/{program}", os.X_OK))
        self.assertEqual(self.push("--remove", "--folder", f"'{folder}'")[0], 0)
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(self.push("--remove", "--folder", f"'{folder}'")[0], 0, "what is gone is no error")

    def test_push_to_a_full_disk_leaves_nothing(self):
        self.bench.device.sh("mkdir -p /run/small && mount -t tmpfs -o size=64k none /run/small")
        try:
            code, said = self.push("--folder", "/run/small/hopcost")
            self.assertEqual(code, 1, said)
            self.assertIn("No space left", said)
            self.assertEqual(self.bench.device.sh("find /run/small -type f"), "")
        finally:
            self.bench.device.sh("umount /run/small")

    def test_a_second_run_is_refused(self):
        run = subprocess.Popen(self.bench.command("--budget", "60s", out="first"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_something_stands(run)
        got, said, _ = self.bench.run(*QUICK)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(), PARTIAL)
        self.assertEqual(got, REFUSED, said)
        self.expect_clean(within_s=5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
