#!/usr/bin/env python3
"""Somebody else's iperf3, TCP and UDP, through a bridge and NAT: foreign_traffic.py ANALYZER [PKTGEN]. What the taps count adds up and
agrees with the devices' own counters; captures of the same traffic give, to the nanosecond, what tshark's fields give when
they are put together here, apart from the analyzer. Exit 77 where it can't run."""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CLIENT, ROUTER, SERVER = (f"t-flow-{os.getpid()}-{name}" for name in "crs")
HEAD, HOLD_NS = 64, 10**9
PORT = 5201
failures = []


def check(holds, what):
    if not holds:
        failures.append(what)


def sh(command, ns=None, check_it=True):
    command = command.split()
    return subprocess.run(["ip", "netns", "exec", ns, *command] if ns else command, check=check_it, capture_output=True, text=True).stdout


def build():
    """client c0 - p0 (bridge br0, the client's gateway) ROUTER u0 - s0 server; what leaves by u0 is masqueraded."""
    for ns in (CLIENT, ROUTER, SERVER):
        sh(f"ip netns add {ns}")
        sh("sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1", ns)
        sh("ip link set lo up", ns)
    sh(f"ip link add c0 netns {CLIENT} type veth peer name p0 netns {ROUTER}")
    sh(f"ip link add u0 netns {ROUTER} type veth peer name s0 netns {SERVER}")
    sh("ip link add br0 type bridge mcast_snooping 0", ROUTER)
    for command in ("ip link set p0 master br0 up", "ip link set br0 up", "ip addr add 198.18.1.1/24 dev br0", "ip link set u0 up",
                    "ip addr add 198.18.2.1/24 dev u0", "sysctl -qw net.ipv4.ip_forward=1", "nft add table ip nat",
                    "nft add chain ip nat post { type nat hook postrouting priority 100 ; }",
                    "nft add rule ip nat post oifname u0 masquerade"):
        sh(command, ROUTER)
    for ns, device, address, gateway in ((CLIENT, "c0", "198.18.1.2", "198.18.1.1"), (SERVER, "s0", "198.18.2.2", "198.18.2.1")):
        sh(f"ip addr add {address}/24 dev {device}", ns)
        sh(f"ip link set {device} up", ns)
        sh(f"ip route add 198.18.0.0/15 via {gateway}", ns)
    # No ARP among what is counted.
    for ns, device, address, its_ns, its_device in (
            (CLIENT, "c0", "198.18.1.1", ROUTER, "br0"), (ROUTER, "br0", "198.18.1.2", CLIENT, "c0"),
            (SERVER, "s0", "198.18.2.1", ROUTER, "u0"), (ROUTER, "u0", "198.18.2.2", SERVER, "s0")):
        mac = json.loads(sh(f"ip -j link show {its_device}", its_ns))[0]["address"]
        sh(f"ip neigh replace {address} lladdr {mac} dev {device} nud permanent", ns)


def remove():
    for ns in (CLIENT, ROUTER, SERVER):
        sh(f"ip netns del {ns}", check_it=False)


def iperf3(*words):
    server = subprocess.Popen(["ip", "netns", "exec", SERVER, "iperf3", "-s", "-1", "-p", str(PORT)], stdout=subprocess.DEVNULL)
    for _ in range(100):
        if f":{PORT} " in sh("ss -Hltn", SERVER):
            break
        time.sleep(0.05)
    sh(f"iperf3 -c 198.18.2.2 -p {PORT} {' '.join(words)}", CLIENT)
    server.wait(10)


class Watching:
    """Programs that run until the block ends."""

    def __init__(self, commands, until):
        self.processes = [subprocess.Popen(c, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for c in commands]
        for p in self.processes:  # each says on standard error that it is ready
            line = ""
            while until not in line:
                line = p.stderr.readline()
                if not line:
                    raise RuntimeError(f"{p.args}: ended")
        time.sleep(0.4)
        self.outputs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        time.sleep(0.4)
        for p in self.processes:
            p.send_signal(signal.SIGINT)
        self.outputs = [p.communicate(timeout=20)[0] for p in self.processes]


def analyze(analyzer, match, taps):
    return [analyzer, "--json", "--match", match, *(word for t in taps for word in ("--tap", t))]


def counters(device, ns, name):
    return int(sh(f"cat /sys/class/net/{device}/statistics/{name}", ns))


def check_hop(what, hop, tap, arrivals=None):
    """What a tap saw went on, or did not, or can't be told apart."""
    check(hop["count"] + hop["out_of_range"] + hop["lost"] == tap["seen"], f"{what}: {hop['count']} + {hop['lost']} are not {tap['seen']}")
    check(hop["count"] > 50, f"{what}: {hop['count']} matched")
    check(hop["lost"] + hop["appeared"] <= tap["ring_drops"], f"{what}: {hop['lost']} lost, {hop['appeared']} appeared")
    check(hop["negative"] == 0 and hop["sum_ns"] > 0, f"{what}: times below zero")
    if arrivals is not None:
        counted = tap["seen"] + tap["ambiguous"] + tap["ring_drops"]
        check(counted == arrivals, f"{what}: {counted} counted of {arrivals} that the device received")


def check_written(what, path, result):
    """The file's comments are the histograms' times, at the interfaces that the taps are, in the order of time."""
    lines = [line.split("|") for line in sh(f"tshark -r {path} -T fields -E separator=| -e frame.time_epoch -e frame.interface_name "
                                            "-e frame.comment").splitlines()]
    names = [t["name"] for t in result["taps"]]
    check(result["written"]["left_out"] == 0 and len(lines) == result["written"]["frames"] > 200, f"{what}: {result['written']}")
    check([l[0] for l in lines] == sorted(l[0] for l in lines), f"{what}: not in the order of time")
    for i, hop in enumerate(result["hops"]):
        begin = f"hop {names[i]}->{names[i + 1]} "
        times = [int(comment[len(begin):].split()[0]) for _, at, comment in lines if at == names[i + 1] and comment.startswith(begin)]
        check((len(times), sum(times)) == (hop["count"], hop["sum_ns"]), f"{what}, hop {i}: comments are not the histogram's times")


def live(analyzer, folder):
    taps = [f"port=p0@{ROUTER}:in", f"bridge=br0@{ROUTER}:in", f"uplink=u0@{ROUTER}:out", f"server=s0@{SERVER}:in"]
    for words in (("-n", "3M"), ("-u", "-b", "20M", "-n", "1M")):
        name = "udp" if "-u" in words else "tcp"
        before = counters("p0", ROUTER, "rx_packets"), counters("s0", SERVER, "rx_packets")
        file = f"{folder}/{name}.pcapng"
        with Watching([analyze(analyzer, "payload", taps) + ["--write", file], analyze(analyzer, "5-tuple", taps)], "watching") as w:
            iperf3(*words)
        after = counters("p0", ROUTER, "rx_packets"), counters("s0", SERVER, "rx_packets")
        payload, tuples = (json.loads(o) for o in w.outputs)
        check_written(name, file, payload)
        check(payload["foreign"] == 0, f"{name}: {payload['foreign']} foreign frames")
        for i, hop in enumerate(payload["hops"]):
            check_hop(f"{name} by payload, hop {i}", hop, payload["taps"][i])
        check_hop(f"{name} by 5-tuple, before NAT", tuples["hops"][0], tuples["taps"][0], after[0] - before[0])
        check_hop(f"{name} by 5-tuple, behind NAT", tuples["hops"][2], tuples["taps"][2])
        t = tuples["taps"][3]
        check(t["seen"] + t["ambiguous"] + t["ring_drops"] == after[1] - before[1], f"{name}: the server's device received others")
        check(tuples["hops"][1]["count"] == 0, f"{name}: matched by 5-tuple across NAT")
        check(tuples["hops"][1]["lost"] == tuples["taps"][1]["seen"], f"{name}: not all lost across NAT")
        flow = payload["flows"][0]
        check(flow["source"]["address"] == "198.18.1.2" and flow["destination"] == {"address": "198.18.2.2", "port": PORT}, f"{name}: {flow}")
        check(flow["protocol"] == (17 if "-u" in words else 6), f"{name}: protocol {flow['protocol']}")
        check(sum(f["packets"] for f in payload["flows"]) >= payload["taps"][0]["seen"], f"{name}: flows do not add up")


def probes_among_others(analyzer, pktgen):
    """Probes through the bridge and NAT while iperf3 floods the same way: each is found, and nothing else is taken for one."""
    count = 2000
    taps = [f"port=p0@{ROUTER}:in", f"uplink=u0@{ROUTER}:out", f"server=s0@{SERVER}:in"]
    gateway = sh("cat /sys/class/net/br0/address", ROUTER).strip()
    kinds = [k for k in ("bpf", "af_packet") if f"{k} usable" in " ".join(sh(f"{analyzer} --list-taps").split())]
    for kind in kinds:
        command = [analyzer, "--json", "--tap-kind", kind, "--sink", f"9@{SERVER}", *(word for t in taps for word in ("--tap", t))]
        with Watching([command], "watching") as w:
            flood = subprocess.Popen([sys.executable, __file__, "--iperf3", CLIENT, SERVER])
            time.sleep(0.8)
            sent = json.loads(sh(f"{pktgen} --port af_packet:c0@{CLIENT} --dst-mac {gateway} --src-ip 198.18.1.2 --dst-ip 198.18.2.2 --flow 77 "
                                 f"--rate 2kpps --count {count} --quiet --json").splitlines()[-1])["sent"]
            flood.wait(20)
        r = json.loads(w.outputs[0])
        check(flood.returncode == 0 and r["foreign"] > count, f"{kind}: {r['foreign']} other frames were no flood")
        check([f["flow"] for f in r["flows"]] == [77], f"{kind}: flows {r['flows']}")
        for tap in r["taps"]:
            check(tap["seen"] + tap["lost"] == r["sent"] <= sent, f"{kind}, {tap['name']}: {tap['seen']} + {tap['lost']} of {sent}")
            check(tap["duplicates"] + tap["ambiguous"] == 0, f"{kind}, {tap['name']}: others were taken for copies")
        for hop, tap in zip(r["hops"], r["taps"]):
            check(hop["count"] > count / 2 and hop["negative"] == 0, f"{kind}: {hop['count']} of {count} over hop {hop['to']}")
            check(hop["count"] + hop["lost"] == tap["seen"] and hop["appeared"] <= tap["ring_drops"], f"{kind}: hop {hop['to']} does not add up")


FIELDS = ("frame.time_epoch", "ip.proto", "ip.id", "ip.len", "ip.hdr_len", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.window_size_value",
          "tcp.hdr_len", "tcp.options", "tcp.payload", "udp.payload")


def packets(path):
    """(ns, what stays the same) of each packet, from tshark's fields."""
    command = ["tshark", "-r", path, "-Y", "ip", "-T", "fields", "-E", "separator=|", "-E", "occurrence=f", "-o", "tcp.desegment_tcp_streams:FALSE"]
    lines = sh(" ".join(command + [w for f in FIELDS for w in ("-e", f)])).splitlines()
    for line in lines:
        f = dict(zip(FIELDS, line.split("|")))
        second, fraction = f["frame.time_epoch"].split(".")
        payload = (f["tcp.payload"] + f["udp.payload"])[:2 * HEAD]
        options = f["tcp.options"]
        if f["tcp.flags"] and int(f["tcp.flags"], 16) & 2:
            options = ""
        head = options + payload
        yield (int(second) * 10**9 + int(fraction),
               (f["ip.proto"], f["ip.id"], f["ip.len"], f["tcp.seq_raw"], f["tcp.ack_raw"], f["tcp.flags"], f["tcp.window_size_value"],
                f["tcp.hdr_len"], head[:2 * HEAD]))


def offline(analyzer, folder):
    files = [f"{folder}/{name}.pcap" for name in ("port", "uplink")]
    dump = [["ip", "netns", "exec", ROUTER, "tcpdump", "-Z", "root", "-s", "400", "-i", device, "-Q", way, "--time-stamp-precision", "nano",
             "--immediate-mode", "-w", path] for device, way, path in (("p0", "in", files[0]), ("u0", "out", files[1]))]
    with Watching(dump, "listening"):
        iperf3("-n", "2M")
        iperf3("-u", "-b", "20M", "-n", "500K")
    sights = [collections.defaultdict(list) for _ in files]
    for path, seen in zip(files, sights):
        for ns, key in packets(path):
            seen[key].append(ns)
    twice = {k for seen in sights for k, times in seen.items() if len(times) > 1}
    clear = [{k: t[0] for k, t in seen.items() if k not in twice} for seen in sights]
    both = clear[0].keys() & clear[1].keys()
    result = json.loads(subprocess.run([analyzer, "--json", "--match", "payload", "--tap", f"port=pcap:{files[0]}", "--tap",
                                        f"uplink=pcap:{files[1]}"], check=True, capture_output=True, text=True).stdout)
    hop = result["hops"][0]
    expected = {"count": len(both), "sum_ns": sum(clear[1][k] - clear[0][k] for k in both), "lost": len(clear[0]) - len(both),
                "appeared": len(clear[1]) - len(both)}
    check(len(both) > 300, f"offline: {len(both)} matched")
    check({k: hop[k] for k in expected} == expected, f"offline: {({k: hop[k] for k in expected})} and not {expected}")
    for tap, seen, alone in zip(result["taps"], sights, clear):
        check((tap["seen"], tap["ambiguous"]) == (len(alone), sum(map(len, seen.values())) - len(alone)), f"offline: {tap['name']}")


def main():
    global CLIENT, SERVER
    if sys.argv[1] == "--iperf3":  # one run of it beside something else
        CLIENT, SERVER = sys.argv[2:]
        iperf3("-u", "-b", "0", "-t", "2")
        return 0
    missing = [tool for tool in ("iperf3", "tshark", "tcpdump", "nft", "ip", "ss", "sysctl") if not shutil.which(tool)]
    if missing:
        print(", ".join(missing), "is not installed")
        return 77
    if os.geteuid() != 0:
        print("needs root")
        return 77
    try:
        try:
            build()
        except subprocess.CalledProcessError as e:
            print("this kernel can't build the path:", e.cmd, e.stderr)
            return 77
        with tempfile.TemporaryDirectory() as folder:
            live(sys.argv[1], folder)
            offline(sys.argv[1], folder)
        if len(sys.argv) > 2:
            probes_among_others(*sys.argv[1:])
    finally:
        remove()
    print("\n".join(failures) or "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
