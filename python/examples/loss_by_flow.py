#!/usr/bin/env python3
"""Sends three kinds of traffic at once, and says what became of each: loss_by_flow.py PORT RX_PORT DST_MAC"""
import sys

from hopcost import Pktgen

FLOWS = "; ".join(
    f"eth/ipv4(src=198.18.1.2,dst=~198.19.64.1..198.19.64.254,dscp={dscp})/udp(dst_port={port}) size={size} weight={weight}"
    for dscp, port, size, weight in ((46, 5004, 214, 1), (0, 443, "imix", 4), (8, 8080, 1518, 2))
)
port, rx_port, dst_mac = sys.argv[1:]
with Pktgen(port, rx_port, dst_mac=dst_mac, profile=FLOWS) as gen:
    trial = gen.run(rate=3500, duration=1)
for flow in trial.flows:
    median = f"{flow['latency']['p50_ns'] / 1e3:.1f} us" if flow["received"] else "unknown"
    print(f"flow {flow['flow']}: sent {flow['sent']}, lost {flow['lost']}, median {median}")
