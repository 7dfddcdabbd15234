#!/usr/bin/env python3
"""A throughput search of your own, for the highest rate that loses nothing in two trials in a row:
search.py PORT RX_PORT DST_MAC [HIGHEST_RATE]"""
import sys

from hopcost import Pktgen, highest_rate

TRIAL_S = 0.5
port, rx_port, dst_mac = sys.argv[1:4]
highest = float(sys.argv[4]) if len(sys.argv) > 4 else 20000.0

with Pktgen(port, rx_port, dst_mac=dst_mac, options=["--dst-ip", "198.19.64.1", "--size", "512"]) as gen:

    def passes(rate: float) -> bool:
        for _ in range(2):
            trial = gen.run(rate=rate, duration=TRIAL_S)
            print(f"{rate:10.1f} pps: lost {trial.lost} of {trial.offered}")
            if trial.lost > 0:
                return False
        return True

    found = highest_rate(passes, low=100, high=highest, width=0.02)
print(f"throughput {found.lower} pps" if found.upper else f"the highest rate passes: {found.lower} pps")
