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
    "campaign": {"base", "wire", "stats", "pktgen", "analyzer", "nsglue"},
}
# system headers that one folder alone may see
ONLY = {
    r"rte_.*": "pktgen/io/dpdk/",
    r"linux/netlink\.h": "base/netlink/",
    r"linux/rtnetlink\.h": ("nsglue/", "pktgen/io/default_route", "analyzer/tap/bpf/clsact_filter.cc"),
    r"linux/genetlink\.h": "pktgen/io/af_xdp/xsk_features.cc",
}

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
            if bad:
                faults += 1
                print(f"{name}:{number}: {room}/ must not include {header}")
sys.exit(1 if faults else 0)
