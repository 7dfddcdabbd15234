#!/usr/bin/env python3
"""The device a guest of another architecture, on a bench of two hosts: foreign.py BUILD SOURCE ARCH. `hopcost push` puts there what ./dev cross ARCH
built, one run goes over it, and the analyzer's memory there is read meanwhile."""
import pathlib
import re
import subprocess
import sys
import threading
import unittest

import guest_device

BUILD, SOURCE, ARCH = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
FOREIGN = [SOURCE / "guest" / "foreign.sh", ARCH, SOURCE / "build" / f"foreign-{ARCH}"]
STARTS_S, RUNS_S = 300, 600
MOST_KIB = 16 * 1024

guest_device.enter_namespaces(FOREIGN)

# Serves ssh until it is ended. The keys that ssh-keygen made are not in dropbear's form.
INSIDE = f"""
{guest_device.SET_UP}
mkdir -p -m 700 /root/.ssh
cp /given/user.pub /root/.ssh/authorized_keys
chmod 600 /root/.ssh/authorized_keys
/usr/lib/dropbear/dropbearconvert openssh dropbear /given/host /run/host
exec dropbear -F -E -s -r /run/host
"""


class MemoryWatch:
    """What the guest's analyzers hold, read there while a run goes on: KiB by word of proc_pid_status(5), each at its most."""
    THERE = ("while read -r now; do for p in $(pidof analyzer); do grep -E '^(VmHWM|RssAnon|RssFile|RssShmem)' /proc/$p/status; done; "
             "echo read; done")

    def __init__(self, guest):
        self.most, self.readings = {}, 0
        self.over = threading.Event()
        self.shell = subprocess.Popen([*guest.ssh(), self.THERE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.shell.communicate()

    def watch(self):
        while not self.over.wait(0.3):
            print("now", file=self.shell.stdin, flush=True)
            for line in iter(self.shell.stdout.readline, "read\n"):
                if not line:
                    return
                word, kib = line.split()[:2]
                self.most[word.rstrip(":")] = max(self.most.get(word.rstrip(":"), 0), int(kib))
                self.readings += word == "VmHWM:"


class Foreign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.guest = guest = guest_device.Guest(BUILD)
        cls.addClassCleanup(guest.end)
        given = guest.folder / "given"
        given.mkdir()
        (given / "start").write_text(INSIDE)
        for name in ("user.pub", "host"):
            (given / name).symlink_to(guest.folder / name)
        guest.start(FOREIGN, [given], STARTS_S)
        cls.let_user_know_guest()
        code, cls.pushed = guest.hopcost("push", "guest", timeout=120)
        if code != 0:
            raise RuntimeError(cls.pushed)
        cls.programs = re.search(r" are in (\S+);", cls.pushed)[1]
        with MemoryWatch(guest) as cls.memory:
            cls.code, cls.said, cls.result = guest.run(cls.programs, RUNS_S)

    @classmethod
    def let_user_know_guest(cls):
        """As a user has it: key and host are in ssh's own folder, which is the test's in its mount namespace."""
        home, own = cls.guest.folder / "ssh", pathlib.Path.home() / ".ssh"
        home.mkdir()
        own.mkdir(exist_ok=True)
        (home / "config").write_text(f"Host guest\n HostName {guest_device.THERE}\n User root\n IdentityFile {cls.guest.folder}/user\n"
                                     f" UserKnownHostsFile {cls.guest.folder}/known\n")
        (home / "config").chmod(0o600)
        subprocess.run(["mount", "--bind", home, own], check=True)

    def there(self, command):
        return subprocess.run([*self.guest.ssh(), command], capture_output=True, text=True).stdout

    def test_its_programs_are_those_of_its_architecture(self):
        self.assertIn(f"for {ARCH} ", self.pushed)
        guest_device.expect_a_run_between_clocks(self, self.code, self.said, self.result)
        self.assertEqual(self.result["environment"]["architecture"], ARCH)

    def test_every_packet_is_accounted_for(self):
        for mode in self.result["modes"]:
            self.assertEqual(mode["sent"], mode["received"] + mode["lost"], mode["name"])
            self.assertEqual(mode["void_slots"], 0, mode)
            for tap in mode["taps"]:
                self.assertEqual((tap["lost"], tap["duplicates"], tap["reordered"], tap["ring_drops"]), (0, 0, 0, 0), tap)
            self.assertEqual(mode["lost"], 0, mode["name"])

    def test_modes_stand_in_their_order(self):
        times = guest_device.receive_side_times(self.result)
        print(f"\n{ARCH}: receive side, medians in ns: {times}")
        guest_device.expect_flat_before_deep(self, times)

    def test_its_analyzer_holds_no_more_than_promised(self):
        print(f"\n{ARCH}: the analyzer at its most, KiB, in {self.memory.readings} readings: {self.memory.most}")
        self.assertGreater(self.memory.readings, 3)
        self.assertLessEqual(self.memory.most["VmHWM"], MOST_KIB)

    def test_nothing_stays(self):
        self.assertEqual(self.guest.left_there(), [])
        self.assertIn("analyzer", self.there(f"ls {self.programs}"))
        self.assertEqual(self.guest.hopcost("push", "--remove", "guest", timeout=120)[0], 0)
        self.assertEqual(self.there(f"ls -d {self.programs}"), "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
