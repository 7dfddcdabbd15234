"""What benches of whole programs share: two namespaces joined by a veth pair, and a sender watched in mid-flight."""
import json
import os
import resource
import signal
import subprocess
import time

FOREIGN_MAC = "02:00:00:00:00:fe"  # the peer's stack drops such frames early
WARM_UP_S = 0.3


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True).stdout


class Wire:
    """t0 in namespace `tx` and d0 in `rx`, up, without IPv6 chatter; gone when the block ends."""

    def __init__(self, name):
        self.tx, self.rx = f"hc-{name}-tx", f"hc-{name}-rx"
        self.sender, self.receiver = "t0", "d0"

    def __enter__(self):
        self.__exit__()
        for ns in (self.tx, self.rx):
            ip("netns", "add", ns)
            subprocess.run(["ip", "netns", "exec", ns, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=True)
        ip("link", "add", self.sender, "netns", self.tx, "type", "veth", "peer", "name", self.receiver, "netns", self.rx)
        ip("-n", self.tx, "link", "set", self.sender, "up")
        ip("-n", self.rx, "link", "set", self.receiver, "up")
        return self

    def __exit__(self, *_):
        for ns in (self.tx, self.rx):
            ip("netns", "del", ns, check=False)

    def sent(self):
        """(time, packets the sending device has sent)"""
        stats = json.loads(ip("-n", self.tx, "-j", "-s", "link", "show", self.sender))[0]["stats64"]
        return time.monotonic(), stats["tx"]["packets"]

    def flat_out(self, command, seconds):
        """(packets a second in mid-flight, packets a second of the sender's CPU time)"""
        _, first = self.sent()
        with Running(command) as child:
            time.sleep(WARM_UP_S)
            t0, n0 = self.sent()
            time.sleep(seconds)
            t1, n1 = self.sent()
        used = child.cpu_s
        return (n1 - n0) / (t1 - t0), (self.sent()[1] - first) / used if used > 0 else 0.0


class Running:
    """A program with its children, ended by Ctrl-C when the block ends. cpu_s is what they used."""

    def __init__(self, command, stdout=subprocess.DEVNULL):
        self.command, self.stdout, self.cpu_s, self.output = command, stdout, 0.0, ""

    def __enter__(self):
        self.before = self._children_cpu()
        self.process = subprocess.Popen(self.command, stdout=self.stdout, stderr=subprocess.DEVNULL, text=True,
                                        start_new_session=True)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.output = self.process.communicate(timeout=10)[0] or ""
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.cpu_s = self._children_cpu() - self.before

    @staticmethod
    def _children_cpu():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
