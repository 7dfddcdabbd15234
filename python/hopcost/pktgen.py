"""One pktgen process: it opens its ports and profile once, and can then make many runs."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

PROTOCOL = 2
DEFAULT_S = 10.0
"""How many seconds a run lasts when no length is given."""


class PktgenError(Exception):
    """A fault that pktgen reported. `exit` is the exit code it would have ended with (man pktgen)."""

    def __init__(self, what: str, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(f"{what} ({hint})" if hint else what)
        self.what, self.hint, self.exit = what, hint, exit_code


@dataclasses.dataclass(frozen=True)
class Trial:
    """One run's result. `report` is all that pktgen reports of it, as with --json."""

    report: dict[str, Any]
    planned: int | None = None
    """Frames that rate and duration, or the count, asked for. None when that can't be told, and for a run that was stopped."""

    @property
    def sent(self) -> int:
        return int(self.report["sent"])

    @property
    def received(self) -> int:
        """Distinct frames received; 0 without a receiving port."""
        rx = self.report["rx"]
        return int(rx["received"]) if rx else 0

    @property
    def offered(self) -> int:
        """Frames that were to be sent; those that never were count as lost. One less than planned is no loss, because a run that
        ends by the clock may be off by one."""
        return self.planned if self.planned is not None and self.planned > self.sent + 1 else self.sent

    @property
    def lost(self) -> int:
        return max(0, self.offered - self.received)

    @property
    def loss(self) -> float:
        """The share of frames lost, from 0 to 1; 1 when none were offered."""
        return self.lost / self.offered if self.offered else 1.0

    @property
    def latency_ns(self) -> dict[str, Any]:
        """min_ns, mean_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns (None when nothing came in), count; empty without a receiving port."""
        rx = self.report["rx"]
        return dict(rx["latency"]) if rx else {}

    @property
    def flows(self) -> list[dict[str, Any]]:
        """For each flow of a profile what was sent and, with a receiving port, what was received."""
        sent = self.report.get("profile", {}).get("flows", [])
        rx = (self.report["rx"] or {}).get("flows", [])
        came = {flow["flow"]: flow for flow in rx}
        return [{**came.get(flow["flow"], {}), **flow} for flow in sent]

    @property
    def partial(self) -> str:
        """Why the run ended early: "stopped", or a fault; empty when it is whole."""
        return str(self.report["partial"])


def _option(options: Sequence[str], name: str) -> str:
    """The value of an option, given as NAME VALUE or NAME=VALUE; empty without the option."""
    for word, following in zip(options, [*options[1:], ""]):
        if word == name:
            return following
        if word.startswith(name + "="):
            return word[len(name) + 1 :]
    return ""


class Pktgen:
    """A pktgen child process. Use it as a context manager, or close() it."""

    def __init__(
        self,
        ports: str | Sequence[str],
        rx_ports: str | Sequence[str] = (),
        *,
        dst_mac: str = "",
        profile: str = "",
        options: Sequence[str] = (),
        program: str = "",
    ) -> None:
        """Opens `ports` to send and `rx_ports` to receive (port specs of doc/pktgen-backends.md). `profile` is a name, a file or
        the short form (doc/profiles.md); `options` are any other options of pktgen. Raises PktgenError."""
        argv = [program or os.environ.get("HOPCOST_PKTGEN", "pktgen"), "--control-socket", "-", "--paused", "--quiet"]
        for port in [ports] if isinstance(ports, str) else ports:
            argv += ["--port", port]
        for port in [rx_ports] if isinstance(rx_ports, str) else rx_ports:
            argv += ["--rx-port", port]
        if dst_mac:
            argv += ["--dst-mac", dst_mac]
        if profile:
            argv += ["--profile", profile]
        self._rate: str | float = _option(options, "--rate")
        count = _option(options, "--count")
        self._count: int | None = int(count) if count.isdecimal() else None
        self._duration: float | None = None if count or _option(options, "--duration") else DEFAULT_S
        self._steady = True  # the current run's rate has not been changed
        self._next_id = 1
        self._child = subprocess.Popen([*argv, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        hello = self._read()
        if hello.get("protocol") != PROTOCOL:
            self.close()
            raise PktgenError(f"pktgen does not speak control protocol {PROTOCOL}", "both must be of one version")

    def __enter__(self) -> Pktgen:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends pktgen, and with it a run that is under way."""
        if self._child.stdin:
            self._child.stdin.close()
        if self._child.stdout:
            self._child.stdout.close()
        try:
            self._child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _read(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self.close()
            code = self._child.returncode
            raise PktgenError("pktgen ended; it says why on standard error", exit_code=code)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def request(self, op: str, **members: Any) -> dict[str, Any]:
        """Sends any request of doc/control-protocol.md, "pktgen's control socket", and gives its result. Raises PktgenError."""
        assert self._child.stdin is not None
        number, self._next_id = self._next_id, self._next_id + 1
        try:
            self._child.stdin.write(json.dumps({"id": number, "op": op, **members}) + "\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            pass  # pktgen has ended; the next read finds out
        answer = self._read()
        if answer.get("ok"):
            result: dict[str, Any] = answer["result"]
            return result
        fault = answer["error"]
        raise PktgenError(fault["what"], fault.get("hint", ""), fault.get("exit", 1))

    def start(self, rate: str | float | None = None, *, duration: float | None = None, count: int | None = None,
              at_ns: int | None = None) -> None:
        """Begins a run: `rate` in packets a second or as a text for --rate, for `duration` seconds or `count` packets. What is
        not given stays as in the run before (10 s at first). With `at_ns`, a time as time.time_ns() has it, the run begins then:
        generators that get the same time begin together."""
        members: dict[str, Any] = {}
        if rate is not None:
            members["rate"] = rate
        if duration is not None:
            members["duration"] = f"{round(duration * 1e9)}ns"
        if count is not None:
            members["count"] = count
        if at_ns is not None:
            members["at_ns"] = at_ns
        self.request("start", **members)
        self._steady = True
        if rate is not None:
            self._rate = rate
        if duration is not None or count is not None:
            self._duration, self._count = duration, count

    def _planned(self, report: dict[str, Any]) -> int | None:
        """Frames that the run was to send. None when that can't be told: flat out, a capture's own times, ramps and steps, random
        gaps, or a rate that was changed during the run."""
        load = report["load"]
        single = not isinstance(self._rate, str) or not any(mark in self._rate for mark in ("..", "/", ","))
        known = self._steady and single and load["rate_pps"] > 0 and load["gap"] == "constant"
        by_time: int | None = round(load["rate_pps"] * self._duration) if known and self._duration is not None else None
        if self._count is None or by_time is None:
            return by_time if self._count is None else self._count if self._duration is None else None
        return min(self._count, by_time)

    def running(self) -> bool:
        """Whether a run is under way: it sends, or waits for what is still to come in."""
        return bool(self.request("status")["state"] == "running")

    def wait(self) -> Trial:
        """Waits until the run has ended by itself and all has come in."""
        while self.running():
            time.sleep(0.02)
        report = self.request("result")
        return Trial(report, self._planned(report))

    def stop(self) -> Trial:
        """Ends the run now."""
        return Trial(self.request("stop"))

    def run(self, rate: str | float | None = None, *, duration: float | None = None, count: int | None = None,
            at_ns: int | None = None) -> Trial:
        """start() and wait()."""
        self.start(rate, duration=duration, count=count, at_ns=at_ns)
        return self.wait()

    def set_rate(self, rate: str | float) -> None:
        """Changes the rate of the current run from its next departure on; without a current run, that of later ones."""
        self.request("rate", rate=rate)
        self._rate, self._steady = rate, False

    def stats(self) -> dict[str, Any]:
        """Counts so far: elapsed_ns, sent, bytes, workers; with a receiving port also received and missing."""
        return self.request("counters")
