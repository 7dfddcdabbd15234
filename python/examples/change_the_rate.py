#!/usr/bin/env python3
"""Raises the rate of a run while it lasts, and watches its counts: change_the_rate.py PORT RX_PORT DST_MAC"""
import sys
import time

from hopcost import Pktgen

port, rx_port, dst_mac = sys.argv[1:]
with Pktgen(port, rx_port, dst_mac=dst_mac, options=["--dst-ip", "198.19.64.1"]) as gen:
    gen.start(rate=500, duration=60)
    before = gen.stats()
    for rate in (500, 1000, 2000):
        gen.set_rate(rate)
        time.sleep(0.5)
        now = gen.stats()
        pps = (now["sent"] - before["sent"]) / (now["elapsed_ns"] - before["elapsed_ns"]) * 1e9
        print(f"asked for {rate} pps, sent {pps:.0f} pps, {now['missing']} missing")
        before = now
    print(f"sent {gen.stop().sent} in all")
