"""A bench of two hosts on one machine: network and mount namespaces with an sshd each, joined by a veth pair that plays the wire, and to the
caller by one each for ssh. Everything is in namespaces that go with the caller's."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

BUILD = pathlib.Path(os.environ["HOPCOST_BUILD"])
SKEW = os.environ["HOPCOST_SKEW"]
PROGRAMS = ("pktgen", "analyzer", "nsglue")
CLONE = ["unshare", "--net", "--mount", "--propagation", "private"]


def sh(command, check=True):
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


# A seccomp filter (linux/seccomp.h) that answers ENOSYS to bpf(2).
WITHOUT_BPF = """import ctypes, errno, os, platform, struct, sys
bpf = {'x86_64': 321, 'aarch64': 280, 's390x': 351}[platform.machine()]
program = b''.join(struct.pack('HBBI', *i) for i in ((0x20, 0, 0, 0), (0x15, 0, 1, bpf), (0x06, 0, 0, 0x00050000 | errno.ENOSYS), (0x06, 0, 0, 0x7fff0000)))
code = ctypes.create_string_buffer(program)
filters = ctypes.create_string_buffer(struct.pack('HP', 4, ctypes.addressof(code)))
prctl = ctypes.CDLL(None, use_errno=True).prctl
if prctl(38, 1, 0, 0, 0) != 0 or prctl(22, 2, filters) != 0:  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
    sys.exit('seccomp: ' + os.strerror(ctypes.get_errno()))
"""


class Host:
    """One of both. Its programs lie in a folder of its own, where a test may put others."""

    def __init__(self, bench, name, address, here):
        self.name, self.address, self.folder = name, address, bench.folder / name
        self.folder.mkdir()
        self.holder = subprocess.Popen(CLONE + ["sh", "-c", "mount -t tmpfs none /run && mkdir /run/sshd && ip link set lo up && echo && exec sleep infinity"], stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.link = f"c-{name}"[:15]
        sh(f"ip link add {self.link} type veth peer name ssh0 netns {self.holder.pid}")
        sh(f"ip addr add {here}/30 dev {self.link}; ip link set {self.link} up")
        self.sh(f"ip addr add {address}/30 dev ssh0; ip link set ssh0 up; ip route add default via {here}")
        for program in PROGRAMS:
            (self.folder / program).symlink_to(BUILD / program / program)
        self.key = bench.folder / f"{name}.key"
        sh(f"ssh-keygen -q -t ed25519 -N '' -f {self.key}")
        self.log = self.folder / "sshd.log"
        self.noisy = bench.noisy
        (bench.folder / "banner").write_text("Welcome.\nAll is recorded.\n")
        self.start_daemon()

    def start_daemon(self):
        # A noisy login: a banner, and what a profile prints.
        noise = (f"-o Banner={self.folder.parent}/banner "
                 "-o 'ForceCommand=echo \"{\\\"last login\\\": 1}\"; echo no hello; eval \"$SSH_ORIGINAL_COMMAND\"'") if self.noisy else ""
        self.daemon = self.popen(f"exec /usr/sbin/sshd -D -e -f /dev/null -h {self.key} -o AuthorizedKeysFile={self.folder.parent}/user.pub -o StrictModes=no "
                                 f"-o UsePAM=no -o PidFile=none -o 'Subsystem=sftp internal-sftp' {noise} 2>{self.log}")

    def popen(self, command):
        return subprocess.Popen(["nsenter", "-t", str(self.holder.pid), "--net", "--mount", "sh", "-c", command])

    def sh(self, command, check=True):
        done = subprocess.run(["nsenter", "-t", str(self.holder.pid), "--net", "--mount", "sh", "-c", command], capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def listens(self):
        return self.log.exists() and "listening" in self.log.read_text() and self.daemon.poll() is None

    def replace(self, program, text):
        path = self.folder / program
        path.unlink()
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        path.chmod(0o755)

    def restore(self, program):
        (self.folder / program).unlink()
        (self.folder / program).symlink_to(BUILD / program / program)

    def skew(self, ns, ppm):
        """Its clock, for what is sent and what is asked."""
        for program in ("pktgen", "nsglue"):
            self.replace(program, f"#!/bin/sh\nSKEW_NS={ns} SKEW_PPM={ppm} LD_PRELOAD={SKEW} exec {BUILD / program / program} \"$@\"\n")

    def take_bpf(self):
        """Its kernel refuses bpf(2) to our programs from here on, as one without BPF does."""
        for program in ("nsglue", "analyzer"):
            self.replace(program, f"#!{sys.executable}\n{WITHOUT_BPF}os.execv('{BUILD / program / program}', sys.argv)\n")

    def leftovers(self):
        """What a run put there and did not take off."""
        left = [n for n in self.sh("ls /run/netns 2>/dev/null", check=False).split() if n.startswith("hc-")]
        left += [w for w in self.sh("ip -o link").split() if w.startswith("hcwire")]
        left += self.sh("tc qdisc show dev wire0 clsact; tc filter show dev wire0 ingress", check=False).split("\n")
        left += [w for w in self.sh("ip -d link show dev wire0", check=False).split("\n") if "promiscuity" in w and "promiscuity 0 " not in w]
        left += [w for w in self.sh("bridge fdb show dev wire0", check=False).split("\n") if w.startswith("02:68:63:")]
        left += [f"process {comm}" for _, comm in self.processes()]  # sleep and sshd alone live here
        return [x for x in left if x.strip()]

    def processes(self):
        """Number and name of each of our programs that runs there."""
        mine, found = self.sh("readlink /proc/self/ns/net").strip(), []
        for pid in os.listdir("/proc"):
            try:
                if pid.isdigit() and os.readlink(f"/proc/{pid}/ns/net") == mine:
                    comm = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
                    if comm in PROGRAMS:
                        found.append((int(pid), comm))
            except OSError:
                pass
        return found

    def kill(self, program):
        for pid, comm in self.processes():
            if comm == program:
                os.kill(pid, signal.SIGKILL)

    def close(self):
        for process in (self.daemon, self.holder):
            process.terminate()
            process.wait()


class Hosts:
    """Hosts in one folder, with one user's key that all of them know."""

    def __init__(self, folder, noisy=True):
        self.folder, self.noisy = pathlib.Path(folder), noisy
        self.hosts = []
        sh(f"ssh-keygen -q -t ed25519 -N '' -f {self.folder}/user")

    def add(self, name, address, here):
        self.hosts.append(Host(self, name, address, here))
        return self.hosts[-1]

    def known(self):
        lines = [f"{h.address} {pathlib.Path(str(h.key) + '.pub').read_text()}" for h in self.hosts]
        (self.folder / "known").write_text("".join(lines))

    def ssh_words(self):
        return ["-F", "/dev/null", "-i", f"{self.folder}/user", "-o", f"UserKnownHostsFile={self.folder}/known", "-o", "StrictHostKeyChecking=yes"]

    def wait_for_daemons(self):
        end = time.monotonic() + 20
        while not all(h.listens() for h in self.hosts):
            if time.monotonic() > end:
                raise RuntimeError("sshd does not come up")
            time.sleep(0.05)

    def close(self):
        for host in self.hosts:
            host.close()


class Bench(Hosts):
    def __init__(self, folder):
        super().__init__(folder)
        self.tester = self.add("tester", "192.0.2.2", "192.0.2.1")
        self.device = self.add("device", "192.0.2.6", "192.0.2.5")
        sh(f"ip link add wire0 netns {self.tester.holder.pid} numtxqueues 8 numrxqueues 1 type veth peer name wire0 netns {self.device.holder.pid} numrxqueues 1")
        for host in (self.tester, self.device):
            host.sh("ip link set wire0 up; sysctl -qw net.ipv6.conf.wire0.disable_ipv6=1")
        self.known()
        self.campaign = self.folder / "bench.toml"
        self.write_campaign()
        self.wait_for_daemons()

    def write_campaign(self, **more):
        text = ""
        wire = {"device": f"wire = '{more['device_wire']}'\n"} if "device_wire" in more else {}
        for host in (self.tester, self.device):
            user = more.get(f"{host.name}_user", "root")
            text += f"[{host.name}]\nhost = '{user}@{host.address}'\nnic = '{more.get(host.name + '_nic', 'wire0')}'\n{wire.get(host.name, '')}folder = '{host.folder}'\nssh = {json.dumps(self.ssh_words())}\n"
        self.campaign.write_text(text)

    def command(self, *options, out="result"):
        result = self.folder / out
        shutil.rmtree(result, ignore_errors=True)
        return [str(BUILD / "campaign" / "hopcost"), "run", str(self.campaign), "--quiet", "--out", str(result), *options]

    def run(self, *options, out="result"):
        """Exit code, what was said, and the result or None."""
        done = subprocess.run(self.command(*options, out=out), capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr, self.result(out)

    def run_on_one_machine(self, *options, out="alone"):
        """The same without a wire between hosts, in the caller's namespaces."""
        result = self.folder / out
        shutil.rmtree(result, ignore_errors=True)
        done = subprocess.run([str(BUILD / "campaign" / "hopcost"), "run", "--quiet", "--backend", "af_packet", "--rate", "20kpps", "--instances", "1",
                               "--out", str(result), *options], capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr, self.result(out)

    def result(self, out="result"):
        path = self.folder / out / "result.json"
        return json.loads(path.read_text()) if path.exists() else None
