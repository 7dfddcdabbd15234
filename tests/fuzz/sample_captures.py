#!/usr/bin/env python3
"""sample_captures.py SAY_FRAMES ANALYZER PKTGEN PATH...: other projects' captures, read by ours and by tshark.

Takes each pcap and pcapng file named or in a folder named, by its first bytes. Of each file:

- Our reader and tshark give as many packets, with the same times, and one kind of link for each of our link types.
  The lengths of Ethernet frames are the same.
- dissect() and tshark name the same layers in each Ethernet frame, with the same fields (versus_tshark.py has the
  rules).
- `pktgen --replay` sends from it, and `analyzer --match 5-tuple` finds its packets again in a copy, or they say why
  not: neither crashes, hangs or ends with nothing in silence.

Where only one of the two reads a file to its end, the packets are compared as far as both read it, and the file is
named. That is an error unless tshark knows no such link type or version. Two things are not compared: the time of a
record whose fraction is a second or more, and lengths beyond a packet's own (ours leaves those bytes out; a packet
of length 0 has an unknown one).

Prints how many packets there were for each link type. Exits 1 when a file differs, after all of them, and names
each.
"""

import collections
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import versus_tshark

BLOCKS = b"\x0a\x0d\x0d\x0a"
MAGICS = {BLOCKS, *(bytes.fromhex(m) for m in ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d"))}
# What tshark says of a file that it doesn't know, and what our reader says of a version that libpcap refuses too.
UNKNOWN = re.compile("unknown or unsupported|reserved field not zero|unknown SHB version")
NO_VERSION = "neither pcapng nor pcap of versions"
ETHERNET = 1
FRAME = ["frame.encap_type", "frame.cap_len", "frame.len", "frame.time_epoch"]


def captures(paths):
    """Every capture named, or below a folder named."""
    for name in map(pathlib.Path, paths):
        for path in sorted(p for p in (name.rglob("*") if name.is_dir() else [name]) if p.is_file()):
            with open(path, "rb") as file:
                if file.read(4) in MAGICS:
                    yield path


def ours(program, path):
    """Our packets, and the fault that ended the reading or an empty text."""
    run = subprocess.run([program, path], capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        raise RuntimeError(f"say_frames ended with {run.returncode}: {run.stderr[-500:]}")
    *packets, summary = [json.loads(line) for line in run.stdout.splitlines()]
    return packets, summary["fault"]


def theirs(path):
    """tshark's packets as (chain, fields, [kind of link, captured, on the wire, ns]), and its fault.

    What tshark counts as a frame without a kind of link is a block that holds no packet.
    """
    frames, fault = versus_tshark.tshark(path, FRAME)
    return [(chain, fields, [int(a), int(b), int(c), nanoseconds(d)])
            for chain, fields, (a, b, c, d) in frames if a], fault


def nanoseconds(epoch):
    """tshark's seconds with nine decimals, exactly; 0 for a packet without a time."""
    if not epoch:
        return 0
    seconds, _, fraction = epoch.partition(".")
    return int(seconds) * 10**9 + (-1 if epoch.startswith("-") else 1) * int(fraction.ljust(9, "0"))


def times_beyond(path):
    """The numbers of a classic file's records whose fraction of a second is a second or more."""
    data = path.read_bytes()
    order = "<" if data[0] in (0xd4, 0x4d) else ">"
    most = 10**9 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 10**6
    found, at, number = set(), 24, 1
    while data[:4] != BLOCKS and at + 16 <= len(data):
        _, fraction, captured, _ = struct.unpack_from(order + "IIII", data, at)
        if fraction >= most:
            found.add(number)
        at, number = at + 16 + captured, number + 1
    return found


def differences(mine, tsharks, kinds, no_time):
    """What differs between two readings of a file, as texts. `kinds`: tshark's kind of link by our link type."""
    for i, (packet, (chain, fields, (kind, captured, wire, ns))) in enumerate(zip(mine, tsharks), 1):
        if kinds.setdefault(packet["link_type"], kind) != kind:
            yield f"packet {i}: link type {packet['link_type']} is tshark's {kind} and {kinds[packet['link_type']]}"
        if packet["link_type"] == ETHERNET:
            wire = wire or captured
            captured = min(captured, wire)
            if (packet["captured"], packet["wire_bytes"]) != (captured, wire):
                yield f"packet {i}: {packet['captured']} of {packet['wire_bytes']} bytes, tshark {captured} of {wire}"
            what = versus_tshark.difference(packet, chain, fields, bytes.fromhex(packet["bytes"]))
            if what:
                yield f"packet {i}: {what}"
        if packet["ns"] != ns and i not in no_time:
            yield f"packet {i}: at {packet['ns']} ns, tshark {ns}"


def silence(command, worked):
    """What is wrong with how a program takes a file, or None when it works on packets, as `worked` tells by its
    result, or says why not.
    """
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, errors="replace")
    name = pathlib.Path(command[0]).name
    result = json.loads(run.stdout.splitlines()[-1]) if run.stdout.startswith("{") else {}
    if run.returncode == 0:
        return None if worked(result) else f"{name} did nothing and told nobody"
    if not 0 < run.returncode < 8:
        return f"{name} ended with {run.returncode}: {run.stderr[-500:]}"
    said = re.search(f"^{name}: (error|warning): ", run.stderr, re.M) or result.get("partial")
    return None if said else f"{name} ended with {run.returncode} without a word"


def look_at(path, programs, kinds):
    """A file's packets as ours gives them, what differs, and which of the two alone read it to its end."""
    say_frames, analyzer, pktgen = programs
    mine, fault = ours(say_frames, path)
    tsharks, their_fault = theirs(path)
    found, alone = [], ""
    if fault and not their_fault:
        alone = f"tshark alone reads it: {fault}"
        found += [] if NO_VERSION in fault else [alone]
    elif their_fault and not fault:
        alone = f"ours alone reads it: {their_fault.splitlines()[-1]}"
        found += [] if UNKNOWN.search(their_fault) else [alone]
    elif len(mine) != len(tsharks):
        found.append(f"{len(mine)} packets, tshark {len(tsharks)}")
    found += differences(mine, tsharks, kinds, times_beyond(path))
    replay = silence([pktgen, "--port", "null:", "--replay", path, "--rate", "1Mpps", "--json"],
                     lambda result: result["sent"] > 0)
    with tempfile.NamedTemporaryFile(suffix=".pcap") as copy:
        shutil.copyfile(path, copy.name)  # the far end of a wire that changes nothing
        taps = ["--tap", f"a=pcap:{path}", "--tap", f"b=pcap:{copy.name}"]
        match = silence([analyzer, "--json", "--match", "5-tuple", *taps],
                        lambda result: all(tap["seen"] > 0 and tap["lost"] == 0 for tap in result["taps"]))
    return mine, [*found, *filter(None, (replay, match))], alone


def main(*arguments):
    programs, paths = arguments[:3], arguments[3:]
    counts, kinds, named, alone, files = collections.Counter(), {}, [], [], 0
    for path in paths:
        if not pathlib.Path(path).exists():
            sys.exit(f"{path}: no such file or folder")
    for path in captures(paths):
        files += 1
        try:
            mine, found, one = look_at(path, programs, kinds)
            counts.update(packet["link_type"] for packet in mine)
        except (RuntimeError, subprocess.TimeoutExpired, ValueError, IndexError, KeyError) as e:
            found, one = [f"{type(e).__name__}: {e}"], ""
        if found:
            named.append(f"{path}: {len(found)} differences\n  " + "\n  ".join(found[:3]))
        elif one:
            alone.append(f"{path}: {one}")
    for line in (*alone, *named):
        print(line)
    for link_type, packets in sorted(counts.items()):
        print(f"link type {link_type}: {packets} packets")
    print(f"{files} files: {files - len(named) - len(alone)} equal, {len(alone)} read by one alone, {len(named)} differ")
    return 1 if named or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
