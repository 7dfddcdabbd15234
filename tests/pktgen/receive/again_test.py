#!/usr/bin/env python3
"""A port that receives goes on doing so: again_test.py, as root. A later run's frames come as the first one's did, also when they are more than the
port has buffers. PKTGEN_BIN is the program; exit status 77 without root."""
import json
import os
import subprocess
import sys
import time

PORTS = ("af_packet:", "af_xdp:", "dpdk:net_af_xdp,iface=")
TX, RX = f"hc-again-tx-{os.getpid()}", f"hc-again-rx-{os.getpid()}"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Pktgen:
    def __init__(self, port):
        self.child = subprocess.Popen(
            [os.environ["PKTGEN_BIN"], "--control-socket", "-", "--paused", "--quiet", "--port", f"af_packet:t0@{TX}", "--rx-port",
             f"{port}d0@{RX}", "--rate", "100", "--duration", "1s", "--linger", "500ms", "--dst-mac", "02:68:63:00:00:02"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.hello = json.loads(self.child.stdout.readline())

    def ask(self, op, **more):
        self.child.stdin.write(json.dumps({"id": 1, "op": op, **more}) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        assert answer["ok"], answer
        return answer["result"]

    def run(self, rate, count):
        self.ask("start", rate=rate, count=count)
        while self.ask("status")["state"] != "idle":
            time.sleep(0.05)
        return self.ask("result")

    def end(self):
        self.child.stdin.close()
        self.child.wait(timeout=20)


def faults_of(port):
    """What is wrong, in words. A busy machine's receiver may miss some frames."""
    pktgen = Pktgen(port)
    try:
        for rate, count in (("1000", 500), ("20000", 10000), ("20000", 10000), ("1000", 200)):
            result = pktgen.run(rate, count)
            if result["rx"]["received"] < 0.8 * count:
                yield f"{port}: {result['rx']['received']} of {count} frames came at {rate} a second"
    finally:
        pktgen.end()


def main():
    if os.geteuid() != 0:
        return 77
    try:
        for netns in (TX, RX):
            ip("netns", "add", netns)
        ip("-n", TX, "link", "add", "t0", "type", "veth", "peer", "name", "d0", "address", "02:68:63:00:00:02", "netns", RX)
        for netns, device in ((TX, "t0"), (RX, "d0")):
            ip("-n", netns, "link", "set", device, "up")
        without = os.environ.get("WITHOUT", "").split()
        faults = [fault for port in PORTS if port.split(":")[0] not in without for fault in faults_of(port)]
        print("\n".join(faults))
        return 1 if faults else 0
    finally:
        for netns in (TX, RX):
            subprocess.run(["ip", "netns", "del", netns], check=False)


sys.exit(main())
