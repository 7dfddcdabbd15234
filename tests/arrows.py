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
# floor of a room -> floors of the same room it may include besides itself; a file at the room's top counts as floor ""
FLOORS = {
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
}
# system headers that one folder alone may see
ONLY = {r"rte_.*": "pktgen/io/dpdk/", r"linux/rtnetlink\.h": ("nsglue/", "analyzer/tap/bpf/clsact_filter.cc")}


def floor_of(name):
    """The folder of a room that the file is in, "" at the room's top."""
    parts = name.split("/")
    return parts[1] if len(parts) > 2 else ""


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
            floors = FLOORS.get(room, {})
            floor, other_floor = floor_of(name), floor_of(header)
            if other == room and floor in floors and floor != other_floor and other_floor not in floors[floor]:
                bad = True
            if bad:
                faults += 1
                print(f"{name}:{number}: {name.rpartition('/')[0]}/ must not include {header}")
sys.exit(1 if faults else 0)
