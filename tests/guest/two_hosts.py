#!/usr/bin/env python3
"""The device a guest with a kernel and a clock of its own, on a bench of two hosts: two_hosts.py BUILD SOURCE. ssh goes over one NIC, probes over another."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

if os.environ.get("HOPCOST_APART") != "yes":  # taps and addresses in namespaces of its own
    if os.geteuid() != 0:
        print("skipped: makes network devices, needs root")
        sys.exit(77)
    # Downloaded, where it is not there yet, while there is a network.
    if subprocess.run([pathlib.Path(sys.argv[2]) / "guest" / "kernel.sh", pathlib.Path(sys.argv[2]) / "build" / "guest"]).returncode != 0:
        sys.exit(1)
    os.environ["HOPCOST_APART"] = "yes"
    inside = "mount -t tmpfs none /run && ip link set lo up && exec \"$@\""
    os.execvp("unshare", ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", inside, "sh", sys.executable, *sys.argv])

BUILD, SOURCE = (pathlib.Path(p) for p in sys.argv[1:3])
HERE, THERE = "192.0.2.1", "192.0.2.2"
AHEAD_S = 37  # the guest's clock, by its own hand
STARTS_S, RUNS_S = 120, 400  # a few seconds and half a minute on an idle machine

# Waits for its NICs (in the order of run.sh's addresses), sets its clock, and serves ssh until it is ended.
INSIDE = """
modprobe virtio_net
nic() { for d in /sys/class/net/*; do [ "$(cat $d/address)" = "$1" ] && basename $d; done; }
until [ -n "$(nic 02:68:63:00:20:01)" ]; do sleep 0.1; done
ip link set "$(nic 02:68:63:00:20:00)" name ssh0
ip link set "$(nic 02:68:63:00:20:01)" name probe0
ip addr add %(there)s/30 dev ssh0
ip link set ssh0 up
echo 1 >/proc/sys/net/ipv6/conf/probe0/disable_ipv6
ip link set probe0 up
date -s "@$(($(date +%%s) + %(ahead)d))" >/dev/null
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f /dev/null -h %(folder)s/host -o AuthorizedKeysFile=%(folder)s/user.pub -o StrictModes=no -o UsePAM=no -o PidFile=none
"""


def sh(command):
    subprocess.run(command, shell=True, check=True)


class Device(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Not below /tmp, which the guest has of its own.
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="device-", dir=BUILD))
        cls.folder.chmod(0o755)
        for name in ("user", "host"):
            sh(f"ssh-keygen -q -t ed25519 -N '' -f {cls.folder}/{name}")
        (cls.folder / "known").write_text(f"{THERE} {(cls.folder / 'host.pub').read_text()}")
        for program in ("analyzer", "nsglue"):
            (cls.folder / program).symlink_to(BUILD / program / program)
        for tap in ("m0", "p0"):
            sh(f"ip tuntap add dev {tap} mode tap; ip link set {tap} up")
        sh(f"ip addr add {HERE}/30 dev m0; echo 1 >/proc/sys/net/ipv6/conf/p0/disable_ipv6")
        cls.log = open(cls.folder / "guest.log", "w+")
        script = INSIDE % {"there": THERE, "ahead": AHEAD_S, "folder": cls.folder}
        # Ahead of other programs: it emulates every instruction.
        cls.guest = subprocess.Popen(["nice", "-n", "-10", SOURCE / "guest" / "run.sh", SOURCE / "build" / "guest", "--timeout", "600", "--tap", "m0", "--tap", "p0", "bash", "-c", script],
                                     stdout=cls.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end)
        end = time.monotonic() + STARTS_S
        while subprocess.run([*cls.ssh(), "true"], capture_output=True).returncode != 0:
            if cls.guest.poll() is not None or time.monotonic() > end:
                cls.log.seek(0)
                raise RuntimeError(f"the guest does not answer: {cls.log.read()}")
            time.sleep(0.5)

    @classmethod
    def end(cls):
        cls.guest.terminate()
        cls.guest.wait()
        cls.log.close()
        shutil.rmtree(cls.folder)

    @classmethod
    def words(cls):
        return ["-F", "/dev/null", "-i", f"{cls.folder}/user", "-o", f"UserKnownHostsFile={cls.folder}/known"]

    @classmethod
    def ssh(cls):
        return ["ssh", *cls.words(), "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", f"root@{THERE}"]

    def test_modes_stand_in_their_order(self):
        campaign = self.folder / "bench.toml"
        campaign.write_text("modes = ['host', 'veth', 'bridge', 'macvlan']\nbuilds = 1\nslot_ms = 20\n[load]\nrate = '1kpps'\n[trains]\ndepartures = 18\nuntimed = 3\n"
                            f"[tester]\nnic = 'p0'\n[device]\nhost = 'root@{THERE}'\nnic = 'probe0'\nfolder = '{self.folder}'\nssh = {json.dumps(self.words())}\n")
        out = self.folder / "result"
        done = subprocess.run([BUILD / "campaign" / "hopcost", "run", campaign, "--quiet", "--out", out], capture_output=True, text=True, timeout=RUNS_S)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        result = json.loads((out / "result.json").read_text())
        self.assertFalse(result["clocks"]["one_clock"])
        self.assertNotEqual(result["environment"]["kernel"].split()[0], os.uname().release, "a kernel of its own")
        self.assertEqual({m["end_to_end_ns"]["p50"] for m in result["modes"]}, {None}, "two clocks")
        # A guest beside other programs stops for milliseconds: what its packets take is told by medians on its own clock.
        times = {m["name"]: sum(h["watched"]["p50_ns"] for h in m["hops"][1:]) for m in result["modes"]}
        for mode in result["modes"]:
            self.assertGreater(mode["received"], 100, said)
            self.assertEqual(mode["duplicates"], 0, said)
        # Host and macvlan are too near each other for an emulated CPU with compilers beside it.
        for flat in ("host", "macvlan"):
            for deep in ("bridge", "veth"):
                self.assertLess(times[flat], times[deep], times)
        left = subprocess.run([*self.ssh(), "ls /run/netns; ip -o link; pgrep -l 'nsglue|analyzer'"], capture_output=True, text=True).stdout
        self.assertNotIn("hc-", left)
        self.assertNotIn("hcwire", left)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
