#!/usr/bin/env python3
"""Latency at 10, 50 and 90 % of a rate: latency_under_load.py PORT RX_PORT DST_MAC [RATE]"""
import sys

from hopcost import Pktgen

port, rx_port, dst_mac = sys.argv[1:4]
full = float(sys.argv[4]) if len(sys.argv) > 4 else 10000.0
with Pktgen(port, rx_port, dst_mac=dst_mac, options=["--dst-ip", "198.19.64.1", "--size", "256"]) as gen:
    for share in (0.1, 0.5, 0.9):
        trial = gen.run(rate=share * full, duration=0.5)
        ns = trial.latency_ns
        if not trial.received:
            sys.exit("nothing came in")
        print(
            f"{100 * share:3.0f} %: median {ns['p50_ns'] / 1e3:8.1f} us, 99.9 % {ns['p999_ns'] / 1e3:8.1f} us, "
            f"lost {trial.lost}"
        )
