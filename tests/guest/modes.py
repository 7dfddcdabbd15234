"""Every mode whose link kinds few machines' kernels have: built by nsglue, shown, sent through, compared, and taken down."""
import json
import os
import pathlib
import subprocess
import tempfile

MODES = ["ovs", "nested-ovs", "ipvlan-l2", "ipvlan-l3", "ipvlan-l3s", "vlan", "vlan-bridge", "vlan-macvlan", "qinq", "vrf", "geneve", "gre", "wireguard"]
OVERTAKING = ["wireguard"]  # its packets are decrypted on several CPUs at a time
PROBES = 200
FAMILIES = {"ipv4": 64, "ipv6": 84}  # the smallest frame that holds a probe


class Child:
    """A program on its control channel (doc/control-protocol.md)."""

    def __init__(self, *command):
        self.process = subprocess.Popen([*command, "--control"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()  # hello

    def ask(self, op, **members):
        print(json.dumps({"id": 1, "op": op, **members}), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if not answer["ok"]:
            raise RuntimeError(f"{op}: {answer['error']}")
        return answer["result"]


def standing():
    """Devices of the machine's own, and namespaces."""
    netns = pathlib.Path("/run/netns")
    return {*os.listdir("/sys/class/net"), *(f"netns {n.name}" for n in netns.glob("*"))}


class Bench:
    """The programs, started when the first mode needs them."""

    def __init__(self, build):
        self.nsglue = f"{build}/nsglue/nsglue"
        # A sender that changes its CPU overtakes its own packets.
        self.programs = {"pktgen": [f"{build}/pktgen/pktgen", "--cpu", "1"], "analyzer": [f"{build}/analyzer/analyzer"]}
        self.children = {}

    def child(self, name):
        if name not in self.children:
            self.children[name] = Child(*self.programs[name])
        return self.children[name]

    def glue(self, *words):
        done = subprocess.run([self.nsglue, *words], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def send(self, mode, family, flow):
        """Probes of one family; the faults of every tap of the way."""
        frame = {"size": FAMILIES[family], "dst_mac": mode["target"]["mac"], "src_ip": mode["sender"][family],
                 "dst_ip": mode["target"][family]}
        self.child("analyzer").ask("expect", lanes=[{"path": "mode", "flow": flow}])
        sent = self.child("pktgen").ask("run", lanes=[{"port": "mode", "flow": flow, "frame": frame}], count=PROBES, rate_pps=2000)
        lanes = self.child("analyzer").ask("collect", lanes=[{"path": "mode", "flow": flow, "sent": PROBES}], timeout_ms=3000)["lanes"]
        faults = [f"{family}: {sent['sent']} of {PROBES} sent {sent['partial']}"] if sent["sent"] != PROBES else []
        for tap in lanes[0]["taps"]:
            late = tap["reordered"] if mode["instance"] not in OVERTAKING else 0
            if tap["seen"] != PROBES or tap["lost"] or tap["duplicates"] or late:
                faults.append(f"{family}: tap {tap['name']} saw {tap['seen']} of {PROBES}, {tap['duplicates']} twice, {tap['reordered']} late")
        return faults

    def through(self, mode):
        """Both families through a mode that stands. Children that fail are not asked again."""
        try:
            return self.probes(mode)
        except BaseException:
            for child in self.children.values():
                child.process.kill()
            self.children = {}
            raise

    def probes(self, mode):
        sender = mode["sender"]
        self.child("pktgen").ask("open", port="mode", spec=f"af_packet:{sender['device']}", netns=sender["netns"])
        taps = [{key: tap[key] for key in ("name", "netns", "device", "direction")} for tap in mode["taps"]]
        taps += [{"name": "socket", "netns": sink["netns"], "port": sink["port"], "kind": "bpf"} for sink in mode["sinks"]]
        # First, since the kernel's Open vSwitch asks for the way of a flow's first packets, and others overtake them.
        faults = self.look("check", mode["instance"])
        self.child("analyzer").ask("arm", paths=[{"path": "mode", "taps": taps}])
        faults += [fault for flow, family in enumerate(FAMILIES) for fault in self.send(mode, family, flow)]
        self.child("analyzer").ask("disarm", paths=[{"path": "mode"}])
        self.child("pktgen").ask("close", port="mode")
        return faults

    def look(self, verb, name):
        """The faults of a check, or of a picture of the way."""
        code, out, err = self.glue(verb, name)
        faults = [f"{verb}: exit {code}", *(out + err).splitlines()] if code != 0 else []
        if "ovs" in name and verb == "show" and "ovs (kernel)" not in out:
            faults.append("Open vSwitch does not switch in the kernel")
        if verb == "show" and " ... " in out:
            faults.append(f"show does not know the way: {out.splitlines()[1]}")
        return faults

    def try_mode(self, name):
        before = standing()
        code, out, err = self.glue("up", name, "--json")
        if code != 0:
            return [f"up: exit {code}: {err.strip()}"]
        faults = self.through(json.loads(out)[0])
        faults += self.look("show", name)
        code, _, err = self.glue("down", name)
        left = standing() - before
        if code != 0 or left:
            faults.append(f"down: exit {code} {err.strip()}, left: {sorted(left)}")
        return faults


def unit_tests(build, source):
    """The tests of whole modes that nsglue has for any mode: up and down twice, a datagram there and back without ARP. Crowds of
    256 containers are of modes that need no guest."""
    env = {**os.environ, "HOPCOST_TEST_MODES": ",".join(MODES), "HOPCOST_TOPOLOGIES": f"{source}/topologies"}
    done = subprocess.run([f"{build}/tests/nsglue/nsglue_netns_test", "--gtest_filter=Shipped/*-Shipped/BigCrowds.*"], env=env, capture_output=True, text=True)
    return [] if done.returncode == 0 else done.stdout.splitlines()[-60:]


def emulation(build):
    """The guest's figures are never taken for a machine's: nsglue says that the CPU is emulated, for hopcost to say."""
    machine = Child(f"{build}/nsglue/nsglue").ask("machine")
    return [] if machine["emulated"] is True else [f"emulated: {machine['emulated']}, cpu: {machine['cpu']}"]


def orders(build):
    """Costs of whole runs in the guest: host before macvlan and ipvlan, which are near each other, and these before bridge beyond the interval. Eight
    builds on an emulated CPU are too few for an interval that leaves out 0 where a cost is a tenth of bridge's: there the estimate counts."""
    with tempfile.TemporaryDirectory() as out:
        run = subprocess.run([f"{build}/campaign/hopcost", "run", "--modes", "macvlan,ipvlan-l2,bridge", "--builds", "8", "--slot-ms", "40", "--rate", "5kpps",
                              "--instances", "1", "--backend", "af_packet", "--quiet", "--json", "--out", f"{out}/run"], capture_output=True, text=True)
    if run.returncode != 0:
        return [f"exit {run.returncode}", *run.stderr.splitlines()]
    result = json.loads(run.stdout)
    costs = {mode["name"]: mode["cost_vs_host_ns"] for mode in result["modes"] if mode["name"] != "host"}
    faults = [f"{mode} is not above host: {costs[mode]['ci95']}" for mode in ("macvlan", "ipvlan-l2") if not costs[mode]["estimate"] > 0]
    near = costs["macvlan"]["estimate"] - costs["ipvlan-l2"]["estimate"]
    if abs(near) > costs["bridge"]["estimate"] / 2:
        faults.append(f"macvlan and ipvlan-l2 are {near:.0f} ns apart: {costs}")
    for pair in result["pairs"]:
        names = {pair["a"], pair["b"]}
        low, high = pair["ci95"] if pair["a"] == "bridge" else [-x for x in reversed(pair["ci95"])]
        if "bridge" in names and names & {"macvlan", "ipvlan-l2"} and not low > 0:
            faults.append(f"bridge is not above {names - {'bridge'}}: [{low}, {high}]")
    print("# ns over host, emulated: " + ", ".join(f"{mode} {cost['estimate']:.0f} {cost['ci95']}" for mode, cost in costs.items()), flush=True)
    return faults


def points(build, source):
    bench = Bench(build)
    subprocess.run(["modprobe", "ip_gre"], check=True)  # makes devices of its own, once, in every namespace
    os.environ["HOPCOST_TOPOLOGIES"] = f"{source}/topologies"
    return [("its CPU is known as emulated", lambda: emulation(build)), *((name, lambda name=name: bench.try_mode(name)) for name in MODES), ("nsglue's own tests of these", lambda: unit_tests(build, source))]
