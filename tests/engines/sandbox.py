"""What the engines' tests share: namespaces with a wire between them, an image without a network, commands, and the removal of all
that an engine leaves.

A test runs in mount, network and PID namespaces of its own, so that no process and no mount outlives it; the control groups, which
it shares with the machine, are removed by name behind it. It speaks TAP.
"""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
from tap import finish, ok

WIRE = {"tester": "198.18.0.1/24", "engine": "198.18.0.2/24"}
INSIDE = "HOPCOST_ENGINES_INSIDE"
GROUP = f"hopcost-test-{os.environ.get(INSIDE, os.getpid())}"
# Where engines keep their state: empty here, and gone with the mount namespace.
STATE = ["/run", "/var/lib/containers", "/var/lib/docker", "/var/lib/lxc", "/var/lib/cni", "/var/cache/lxc", "/etc/cni/net.d", "/etc/containers/networks", "/tmp"]


def run(*command, timeout=60):
    """Gives what it printed on standard output."""
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def output_of(*command):
    """All it printed, whatever it thinks of it."""
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, stdin=subprocess.DEVNULL)
    return done.stdout


def inside(netns, *command, **how):
    """As ip netns exec, but with the mounts as they are: engines make their own."""
    return run("nsenter", f"--net=/run/netns/{netns}", *command, **how)


def groups():
    """The test's control groups, deepest first."""
    found = [p for p in pathlib.Path("/sys/fs/cgroup").glob("**/*") if p.is_dir() and GROUP in p.as_posix()]
    return sorted(found, key=lambda p: -len(p.parts))


def in_namespaces_of_its_own():
    """Begins again in there, and removes the control groups when all is over."""
    if INSIDE in os.environ:
        return
    environment = {**os.environ, INSIDE: str(os.getpid())}
    code = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
                           sys.executable, *sys.argv], env=environment).returncode
    for group in groups():
        with contextlib.suppress(OSError):
            group.rmdir()
    left = groups()
    if left:
        print(f"not ok - control groups are left: {left}")
    sys.exit(code or bool(left))


def make_image(folder):
    """A root file system of busybox alone; gives its tarball."""
    root = folder / "root"
    for name in ("bin", "dev", "etc", "proc", "sys", "tmp"):
        (root / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for name in ("sh", "sleep", "ip"):
        (root / "bin" / name).symlink_to("busybox")
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    tarball = folder / "image.tar"
    with tarfile.open(tarball, "w") as tar:
        tar.add(root, arcname=".")
    return tarball


# Settings of the namespace an engine works in. Counters, timers and lifetimes are not among them, nor are the link-local addresses that the
# kernel gives a bridge some time after it has come up.
SETTINGS = {
    "addresses": "ip -oneline address | grep -v ' fe80::'",
    "bridge settings": "grep -s . /sys/class/net/*/bridge/[a-z]* /sys/class/net/*/brport/[a-z]* | grep -v _timer:",
    "rules": "nft --stateless list ruleset",
    "sysctls": "sysctl --all --ignore --pattern '^net\\.(bridge|ipv4\\.conf|ipv6\\.conf|ipv4\\.ip_forward)' 2>/dev/null",
    "tc": "for d in $(ls /sys/class/net); do tc qdisc show dev $d; tc filter show dev $d ingress; tc filter show dev $d egress; done 2>/dev/null",
}


def settings(netns="engine"):
    """What stands there by kind."""
    return {kind: output_of("ip", "netns", "exec", netns, "sh", "-c", command) for kind, command in SETTINGS.items()}


class Stage:
    """Two namespaces: `tester` and `engine`, t0 in one and d0 in the other, the two ends of a wire."""

    def __init__(self, nsglue, hopcost):
        self.nsglue, self.hopcost = nsglue, hopcost
        for folder in STATE:
            os.makedirs(folder, exist_ok=True)
            run("mount", "-t", "tmpfs", "none", folder)
        self.folder = pathlib.Path("/run/test")
        self.folder.mkdir()
        self.image = make_image(self.folder)
        for name in WIRE:
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", "tester", "link", "add", "t0", "type", "veth", "peer", "name", "d0", "netns", "engine")
        for name, device in (("tester", "t0"), ("engine", "d0")):
            run("ip", "-n", name, "link", "set", device, "up")
            run("ip", "netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=1")
        run("ip", "-n", "tester", "address", "add", WIRE["tester"], "dev", "t0")
        run("ip", "-n", "engine", "address", "add", WIRE["engine"], "dev", "d0")

    def bridge(self, name="br0"):
        """d0 becomes a port of a bridge, which has the address. While the macvlan of a container that has just stopped is not quite gone,
        the kernel says that d0 is busy."""
        run("ip", "-n", "engine", "link", "add", name, "type", "bridge")
        run("ip", "-n", "engine", "address", "flush", "dev", "d0")
        wait_until(lambda: output_of("ip", "-n", "engine", "link", "set", "d0", "master", name) == "", f"d0 a port of {name}")
        run("ip", "-n", "engine", "address", "add", WIRE["engine"], "dev", name)
        run("ip", "-n", "engine", "link", "set", name, "up")

    def attach(self, *words):
        """What nsglue finds, run where the engine is."""
        return json.loads(inside("engine", self.nsglue, "--json", "attach", *words))

    def refused(self, *words):
        """What it says instead."""
        done = subprocess.run(["nsenter", "--net=/run/netns/engine", self.nsglue, "attach", *words], text=True, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE)
        return done.returncode, done.stderr

    def measure(self, *containers, modes=()):
        """A short run, with modes of ours beside the containers; gives result.json."""
        command = ["nsenter", "--net=/run/netns/engine", self.hopcost, "run", "--attach", ",".join(containers), "--builds", "6", "--slot-ms", "40",
                   "--json", "--out", self.folder / "result"]
        if modes:
            command += ["--modes", ",".join(modes)]
        before = settings()
        done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120)
        after = settings()
        ok(before == after and "127.0.0.1" in before["addresses"], f"the run changed no setting of the engine's: {', '.join(map(str, containers))}",
           "".join(f"{kind} before:\n{text}\nafter:\n{after[kind]}\n" for kind, text in before.items() if text != after[kind]))
        if not done.stdout.startswith("{"):
            raise RuntimeError(f"hopcost run --attach {containers}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)


def check_found(found, mode, taps, name, published=None):
    """What `nsglue attach --json` gave of one container."""
    seen = [t["name"] for t in found["taps"]]
    ok(found["mode"] == mode and seen == taps, f"{name}: recognised as {mode}", json.dumps(found, indent=1))
    if published is not None:
        ok([(p["port"], p["inside"]) for p in found["published"]] == published, f"{name}: its published ports", found["published"])


def check_measured(result, *containers, any_cost=()):
    """Every build counts, and each container costs more than host. A macvlan passes the packet filter by, which host does not where an
    engine has made rules: it may cost less."""
    modes = {m["name"]: m for m in result["modes"]}
    ok(result["campaign"]["builds_void"] == 0 and result["complete"], f"all builds count: {', '.join(containers)}",
       [b["reasons"] for b in result["builds"]])
    for name in containers:
        cost = modes.get(name, {}).get("cost_vs_host_ns") or {}
        ok((cost.get("estimate") or 0) > 0, f"{name}: measured, and costs more than host", json.dumps(modes.get(name, list(modes)))[:2000])
    for name in any_cost:
        cost = modes.get(name, {}).get("cost_vs_host_ns") or {}
        ok(cost.get("estimate") is not None, f"{name}: measured", json.dumps(modes.get(name, list(modes)))[:2000])


def check_lifecycle(stage, engine, *more, wrap=()):
    """From the engine's order to the first answer, and nothing left."""
    command = [*wrap, stage.hopcost, "lifecycle", "--engines", engine, "--repeats", "2", "--json", *more]
    result = json.loads(inside("engine", *command, timeout=110))
    for cell in result["cells"]:
        steps = {s["step"]: s["ms"] for s in cell["steps"]}
        good = len(cell["trials"]) == 2 and steps["command"] > 0 and steps["first answer"] > 0 and cell["removal"]["ms"] > 0
        ok(good and all(t["all"] >= t["each"] - 1e-6 for t in cell["trials"]),
           f"{engine}: {cell['containers']} ordered {cell['manner']}, answered and removed", json.dumps(cell, indent=1))
        print(f"# {engine} x{cell['containers']} {cell['manner']}: command {steps['command']:.0f} ms, first answer {steps['first answer']:.2f} ms, "
              f"removal {cell['removal']['ms']:.0f} ms")
    return result


def check_stopped(stage, container, *kill):
    """What ends in the middle of a run makes a partial result of it, soon."""
    folder = stage.folder / "stopped"
    command = ["nsenter", "--net=/run/netns/engine", stage.hopcost, "run", "--attach", container, "--builds", "1000", "--slot-ms", "40", "--json",
               "--out", folder]
    measuring = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    time.sleep(4)
    inside("engine", *kill)
    out, said = measuring.communicate(timeout=60)
    result = json.loads(out) if out.startswith("{") else {"complete": False, "partial_reason": said}  # before the first build was over
    ok(measuring.returncode == 5 and not result["complete"] and container in (result["partial_reason"] or ""),
       f"{container}: stopped under way, a partial result", f"exit {measuring.returncode}: {said}\n{result['partial_reason']}")


def wait_until(good, what, seconds=20):
    """An engine's daemon starts."""
    end = time.monotonic() + seconds
    while not good():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come within {seconds} s")
        time.sleep(0.05)
