#!/usr/bin/env python3
"""Checks who includes whom: arrows.py SOURCE_ROOT. Prints each forbidden include; exit status 1 when there is one."""
import pathlib
import re
import sys

# room -> rooms it may include besides itself
ALLOWED = {
    "base": set(),
    "wire": {"base"},
    "stats": {"base"},
    "pktgen": {"base", "wire", "stats"},
    "analyzer": {"base", "wire", "stats"},
    "nsglue": {"base"},
    "hopload": {"base", "stats"},
    "campaign": {"base", "wire", "stats", "pktgen", "analyzer", "nsglue"},
}
# room -> its floors, lowest first -> floors of the room each may include besides itself; "" is the room's top
FLOORS = {
    "nsglue": {
        "kinds": set(),
        "topology": {"kinds"},
        "kernel": {"kinds", "topology"},
        "check": {"kinds", "topology", "kernel"},
        "build": {"kinds", "topology", "kernel", "check"},
        "attach": {"kinds", "topology", "kernel"},
        "cni": {"kernel", "attach"},
        "show": {"kinds", "topology", "kernel", "check"},
        "guest_end": set(),
        "prove": {"kinds", "topology", "kernel", "check", "show"},
        "wire": {"kinds", "topology", "kernel", "check"},
        "control": {"kinds", "topology", "kernel", "check", "wire", ""},
    },
    "analyzer": {
        "tap": set(),
        "correlate": {"tap"},
        "match": {"tap", "correlate"},
        "output": {"tap", "correlate", "match", ""},
        "watch": {"tap", "correlate", "match", "output", ""},
        "control": {"tap", "correlate", "output", "watch", ""},
        "live": {"correlate", "output", "watch"},
        "offline": {"tap", "match", "output", "watch", ""},
    },
    "hopload": {
        "coap": {""},
        "machine": {""},
        "rr": {""},
        "tool": {""},
    },
    "pktgen": {
        "io": set(),
        "pace": set(),
        "source": {"io"},
        "send": {"pace", "io", "source"},
        "receive": {"pace", "io"},
        "options": {"pace", "io", "source"},
        "session": {"io", "pace", "source", "send", "receive", "options"},
        "report": {"io", "pace", "source", "send", "receive", "options", "session"},
        "control": {"io", "pace", "source", "send", "receive", "options", "session", "report"},
        "reflect": {"io", "pace", "options", "report"},
    },
    "campaign": {
        "design": set(),
        "site": {"design"},
        "bench": {"design", "site"},
        "figures": {"design", "bench"},
        "measure": {"design", "bench", "figures"},
        "report": set(),
        "result": {"design", "figures", "report"},
        "lifecycle": {"design", "site", "bench", "result"},
        "device": {"site", "bench", "report", "result"},
        "loads": {"design", "site", "bench", "figures", "report", "result", "device"},
        "fleet": {"design", "site", "report", "result"},
        "doctor": {"bench"},
        "selftest": {"design", "site", "bench", "figures", "measure"},
    },
}
# system headers that one folder alone may see
ONLY = {
    r"rte_.*": "pktgen/io/dpdk/",
    r"pcap(/.*|-.*)?\.h": "wire/libpcap.cc",
    r"linux/netlink\.h": "base/netlink/",
    r"linux/rtnetlink\.h": ("nsglue/", "base/default_route", "pktgen/io/veth_peer", "analyzer/tap/bpf/clsact_filter.cc"),
    r"linux/netfilter/.*": "nsglue/kernel/nft",
    r"linux/genetlink\.h": "base/netlink/",
}

for room, floors in FLOORS.items():
    below = {""}
    for floor, allowed in floors.items():
        assert allowed <= below, f"{room}/{floor}/ may include only floors listed before it, or there would be a ring"
        below.add(floor)


def floor_of(name):
    """The folder of a room that the file is in, "" at the room's top."""
    parts = name.split("/")
    return parts[1] if len(parts) > 2 else ""


def floor_fault(name, header):
    """A file of a floor that includes a floor it may not."""
    room = name.split("/")[0]
    floor, other = floor_of(name), floor_of(header)
    if floor not in FLOORS.get(room, {}) or not header.startswith(room + "/"):
        return False
    return other != floor and other not in FLOORS[room][floor]


root = pathlib.Path(sys.argv[1])
faults = 0
for room, allowed in ALLOWED.items():
    for path in sorted((root / room).rglob("*")):
        if path.suffix not in (".cc", ".h", ".c"):
            continue
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*[<"]([^">]+)', line)
            if not match:
                continue
            header = match.group(1)
            other = header.split("/")[0]
            bad = other in ALLOWED and other != room and other not in allowed
            bad = bad or any(re.fullmatch(p, header) and not name.startswith(where) for p, where in ONLY.items())
            if bad or floor_fault(name, header):
                faults += 1
                place = room if bad else "/".join(name.split("/")[:2])
                print(f"{name}:{number}: {place}/ must not include {header}")
sys.exit(1 if faults else 0)
