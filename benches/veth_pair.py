"""Two namespaces joined by a veth pair, and programs that run across it, for the benches beside peers."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SENDER, PEER, DEVICE, PEER_DEVICE = "hc-versus-tx", "hc-versus-rx", "t0", "d0"
FOREIGN_MAC = "02:00:00:00:00:fe"
# What the XDP program returns: XDP_DROP or XDP_PASS.
PROGRAMS = {"drop": 1, "pass": 2}
WARM_UP_S = 0.3


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True).stdout


def compile_xdp(verdict, path):
    source = f'__attribute__((section("xdp"), used)) int {verdict}(void* c) {{ (void)c; return {PROGRAMS[verdict]}; }}'
    subprocess.run(["clang", "-O2", "-target", "bpf", "-c", "-x", "c", "-", "-o", path], input=source, text=True, check=True)


class VethPair:
    """Device t0 in the sender's namespace, d0 in the peer's; removed at the end of the block. With `peer_drops` an XDP program on
    d0 drops each frame. Otherwise the peer's stack does, because the frames are for another MAC address. With enough `queues`,
    each CPU that sends has a queue of its own."""

    def __init__(self, peer_drops=False, queues=1):
        self.peer_drops, self.queues = peer_drops, str(queues)

    def __enter__(self):
        self.tear_down()
        try:
            self.set_up()
        except BaseException:
            self.tear_down()
            raise
        return self

    def __exit__(self, *_):
        self.tear_down()

    def set_up(self):
        for ns in (SENDER, PEER):
            ip("netns", "add", ns)
            # So that no router solicitations are counted.
            subprocess.run(["ip", "netns", "exec", ns, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=True)
        queues = ("numtxqueues", self.queues, "numrxqueues", self.queues)
        ip("link", "add", DEVICE, "netns", SENDER, *queues, "type", "veth", "peer", "name", PEER_DEVICE, "netns", PEER, *queues)
        ip("-n", SENDER, "link", "set", DEVICE, "up")
        ip("-n", PEER, "link", "set", PEER_DEVICE, "up")
        if self.peer_drops:
            self.attach("drop")

    def attach(self, verdict):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "xdp.o")
            compile_xdp(verdict, program)
            ip("-n", PEER, "link", "set", PEER_DEVICE, "xdpdrv", "obj", program, "sec", "xdp")

    @staticmethod
    def tear_down():
        for ns in (SENDER, PEER):
            ip("netns", "del", ns, check=False)

    @staticmethod
    def sent():
        """(now in seconds, packets that the sending device has counted)"""
        stats = json.loads(ip("-n", SENDER, "-j", "-s", "link", "show", DEVICE))[0]["stats64"]
        return time.monotonic(), stats["tx"]["packets"]


class Running:
    """A program that runs as long as the block; then it gets Ctrl-C."""

    def __init__(self, command, stdout=subprocess.DEVNULL):
        self.command, self.stdout = command, stdout

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.stdout, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def flat_out(command, seconds, warm_up_s=WARM_UP_S):
    """Packets a second of a sender, counted after its start and before its end."""
    with Running(command):
        time.sleep(warm_up_s)
        t0, n0 = VethPair.sent()
        time.sleep(seconds)
        t1, n1 = VethPair.sent()
    return (n1 - n0) / (t1 - t0)


if __name__ == "__main__":
    sys.exit("a module of the versus_* benches")
