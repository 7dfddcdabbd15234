"""hopcost from Python: control of pktgen over its control protocol (doc/control-protocol.md), and searches for rates.

    from hopcost import Pktgen

    with Pktgen("af_packet:t0@tester", "af_packet:t1@far", dst_mac="02:00:00:00:00:02", profile="imix") as gen:
        trial = gen.run(rate="20kpps", duration=2)
        print(trial.sent, trial.lost, trial.latency_ns["p99_ns"])

Uses only the standard library. It measures exactly as pktgen does, because packets never pass through Python.
"""

from hopcost.device import DeviceError, device_test
from hopcost.pktgen import Pktgen, PktgenError, Trial
from hopcost.search import Bounds, highest_rate

__all__ = ["Bounds", "DeviceError", "Pktgen", "PktgenError", "Trial", "device_test", "highest_rate"]
