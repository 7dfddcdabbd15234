#!/usr/bin/env python3
"""Scapy as an independent encoder: scapy_oracle.py FILE.pcap. Each frame is decoded, its lengths and checksums are thrown
away, it is encoded again, and must be the same to the byte. Prints "N frames", or what differs; exit status 1 then."""
import sys

from scapy.all import GRE, IP, TCP, UDP, Ether, ICMP, IPv6, conf, rdpcap  # noqa: F401 (layers register themselves)
from scapy.contrib.mpls import MPLS  # noqa: F401
from scapy.layers.inet6 import (  # noqa: F401
    ICMPv6EchoRequest, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting)
from scapy.layers.vxlan import VXLAN  # noqa: F401

FILLED_IN = ("chksum", "cksum", "len", "plen", "ihl", "dataofs")


def encoded_again(frame):
    packet = Ether(frame)
    layer = packet
    while layer:
        outer_vxlan = isinstance(layer, UDP) and layer.chksum == 0
        for name in FILLED_IN:
            if name in layer.fields and not (outer_vxlan and name == "chksum"):
                delattr(layer, name)
        layer = layer.payload
    return bytes(packet)


conf.dot15d4_protocol = None
frames = [bytes(p) for p in rdpcap(sys.argv[1])]
faults = 0
for number, frame in enumerate(frames):
    again = encoded_again(frame)
    if again != frame:
        faults += 1
        print(f"frame {number}:\n  ours  {frame.hex()}\n  scapy {again.hex()}")
print(f"{len(frames)} frames" if faults == 0 else f"{faults} of {len(frames)} frames differ")
sys.exit(1 if faults else 0)
