#!/usr/bin/env python3
"""Sends for a second and says what came in: send_and_count.py PORT RX_PORT DST_MAC"""
import sys

from hopcost import Pktgen

port, rx_port, dst_mac = sys.argv[1:]
with Pktgen(port, rx_port, dst_mac=dst_mac, options=["--dst-ip", "198.19.64.1", "--size", "128"]) as gen:
    trial = gen.run(rate=2000, duration=1)
print(f"sent {trial.sent}, received {trial.received}, lost {trial.lost} ({100 * trial.loss:.3f} %)")
if trial.received:
    print(f"latency: median {trial.latency_ns['p50_ns'] / 1e3:.1f} us, 99 % {trial.latency_ns['p99_ns'] / 1e3:.1f} us")
