"""A guest as the device of a bench of two hosts, for tests: ssh goes over one tap, probes over another. Everything is in namespaces of the test's own."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE, THERE = "192.0.2.1", "192.0.2.2"
AHEAD_S, FAST_PPM = 37, 50  # the guest's clock, by its own hand
LIVES_S = 900

# In the guest: waits for its NICs (in the order of add_tap_nics of guest/pieces.sh), names them, and sets its clock.
SET_UP = f"""
nic() {{ for d in /sys/class/net/*; do [ "$(cat $d/address)" = "$1" ] && basename $d; done; }}
until [ -n "$(nic 02:68:63:00:20:01)" ]; do sleep 0.1; done
ip link set "$(nic 02:68:63:00:20:00)" name ssh0
ip link set "$(nic 02:68:63:00:20:01)" name probe0
ip addr add {THERE}/30 dev ssh0
ip link set ssh0 up
echo 1 >/proc/sys/net/ipv6/conf/probe0/disable_ipv6
ip link set probe0 up
date -s "@$(($(date +%s) + {AHEAD_S}))" >/dev/null
busybox adjtimex -f $(({FAST_PPM} * 65536)) >/dev/null
"""


def sh(command):
    subprocess.run(command, shell=True, check=True)


def enter_namespaces(prepare):
    """Taps and addresses come into namespaces of the test's own: this program starts anew there. `prepare` is a command that downloads what is not
    here yet, while there is a network."""
    if os.environ.get("HOPCOST_APART") == "yes":
        return
    if os.geteuid() != 0:
        print("skipped: makes network devices, needs root")
        sys.exit(77)
    if subprocess.run(prepare).returncode != 0:
        sys.exit(1)
    os.environ["HOPCOST_APART"] = "yes"
    inside = "mount -t tmpfs none /run && ip link set lo up && exec \"$@\""
    os.execvp("unshare", ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", inside, "sh", sys.executable, *sys.argv])


class Guest:
    """Its folder has the keys (user, host), ssh's known hosts, and what the test adds; it is not below /tmp, which some guests have of their own."""

    def __init__(self, build):
        self.build = build
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="device-", dir=build))
        self.folder.chmod(0o755)
        self.log = open(self.folder / "guest.log", "w+")
        self.process = None
        for name in ("user", "host"):
            sh(f"ssh-keygen -q -t ed25519 -N '' -f {self.folder}/{name}")
        (self.folder / "known").write_text(f"{THERE} {(self.folder / 'host.pub').read_text()}")
        for tap in ("m0", "p0"):
            sh(f"ip tuntap add dev {tap} mode tap; ip link set {tap} up")
        sh(f"ip addr add {HERE}/30 dev m0; echo 1 >/proc/sys/net/ipv6/conf/p0/disable_ipv6")

    def start(self, script, inside, within_s):
        """`script` is of guest/ with what comes before its options, `inside` what follows them; comes back when the guest answers over ssh."""
        # Ahead of other programs: it emulates every instruction.
        self.process = subprocess.Popen(["nice", "-n", "-10", *script, "--timeout", str(LIVES_S), "--tap", "m0", "--tap", "p0", *inside],
                                        stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        end = time.monotonic() + within_s
        while subprocess.run([*self.ssh(), "true"], capture_output=True).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                self.log.seek(0)
                raise RuntimeError(f"the guest does not answer: {self.log.read()}")
            time.sleep(0.5)

    def end(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)

    def words(self):
        """Of ssh's command line."""
        return ["-F", "/dev/null", "-i", f"{self.folder}/user", "-o", f"UserKnownHostsFile={self.folder}/known"]

    def ssh(self):
        return ["ssh", *self.words(), "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", f"root@{THERE}"]

    def hopcost(self, *words, **how):
        done = subprocess.run([self.build / "campaign" / "hopcost", *words], capture_output=True, text=True, **how)
        return done.returncode, done.stdout + done.stderr

    def run(self, programs, within_s, builds=1):
        """Builds of host, veth, bridge and macvlan, with the device's programs in that folder there: the exit code, what was said, the result."""
        campaign, out = self.folder / "bench.toml", self.folder / "result"
        campaign.write_text(f"modes = ['host', 'veth', 'bridge', 'macvlan']\nbuilds = {builds}\nslot_ms = 20\n[load]\nrate = '1kpps'\n[trains]\ndepartures = 18\nuntimed = 3\n"
                            f"[tester]\nnic = 'p0'\n[device]\nhost = 'root@{THERE}'\nnic = 'probe0'\nfolder = '{programs}'\nssh = {json.dumps(self.words())}\n")
        code, said = self.hopcost("run", campaign, "--quiet", "--out", out, timeout=within_s)
        result = out / "result.json"
        return code, said, json.loads(result.read_text()) if result.exists() else None

    def left_there(self):
        """Namespaces, devices and programs of ours."""
        there = subprocess.run([*self.ssh(), "ls /run/netns; ip -o link; cat /proc/[0-9]*/comm"], capture_output=True, text=True).stdout
        return [line for line in there.splitlines() if any(ours in line for ours in ("hc-", "hcwire", "nsglue", "analyzer"))]


def receive_side_times(result):
    """By mode: the sum of its hops' medians on the device, in ns. A guest beside other programs stops for milliseconds: what its packets take is told by
    medians on its own clock."""
    return {mode["name"]: sum(hop["watched"]["p50_ns"] for hop in mode["hops"][1:]) for mode in result["modes"]}


def expect_a_run_between_clocks(test, code, said, result):
    """What holds of every guest: a kernel and a clock of its own, packets enough for a median, none of them twice."""
    test.assertEqual(code, 0, said)
    test.assertFalse(result["clocks"]["one_clock"])
    test.assertNotEqual(result["environment"]["kernel"].split()[0], os.uname().release, "a kernel of its own")
    test.assertEqual({m["end_to_end_ns"]["p50"] for m in result["modes"]}, {None}, "two clocks")
    bounds = result["clocks"]["one_way"]
    test.assertEqual(bounds["by"], "messages", said)
    test.assertLess(bounds["from_ns"], bounds["to_ns"], said)
    test.assertAlmostEqual(result["clocks"]["drift_ppm"], FAST_PPM, delta=30, msg=said)
    for mode in result["modes"]:
        test.assertGreater(mode["received"], 100, said)
        test.assertEqual(mode["duplicates"], 0, said)


def expect_flat_before_deep(test, times):
    """Host and macvlan are too near each other for an emulated CPU with compilers beside it."""
    for flat in ("host", "macvlan"):
        for deep in ("bridge", "veth"):
            test.assertLess(times[flat], times[deep], times)
