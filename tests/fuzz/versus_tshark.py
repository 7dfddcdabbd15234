#!/usr/bin/env python3
"""versus_tshark.py SAY_FRAMES CORPUS SECONDS [SEED]: changed frames, read by our code and by tshark.

Changes the corpus' frames at random, the same way for one seed, puts a batch of them into one capture, and
compares what say_frames and tshark make of each frame by dissect(): the layers in their order, and each layer's
fields. Exits 1 at the first batch with a difference; the capture is kept and named.

Where the two differ by design:

- tshark goes on where we stop, so the chain is compared up to the first protocol that dissect() does not know,
  and up to an ICMP header: tshark reads the packet that an error quotes.
- tshark names a header that is cut short; dissect() does not.
- tshark reads VXLAN when either port is 4789, dissect() by the destination port (RFC 7348 section 5).
- dissect() may stop at a GRE header that has other bits than the key's set (RFC 2784 section 2.3, RFC 2890); tshark goes on.
- tshark names a stack of MPLS labels once. It names tags of type 0x9100 as those of 802.1Q, and reads Ethernet
  behind IP (protocol 143); dissect() does neither.
- tshark holds what is in a UDP tunnel to the UDP header's length, dissect() to the IP header's.
- tshark reads ICMPv6 behind IPv4, ICMP behind IPv6, MPLS in IP (RFC 4023) and type 0x6558 in a frame, and an
  extension header behind IPv4 or beyond its packet's end; dissect() does not.
- dissect() reads a hop-by-hop header that is not the first after IPv6; tshark does not (RFC 8200 section 4.1).
- tshark reads Ethernet behind a GRE header of a type that neither RFC 1701 nor IANA knows.
- tshark reads ARP behind GRE; dissect() does not. The fields of ARP are compared where it is of Ethernet and IPv4.
- Nothing is compared from the first of two tags of 802.1ad in a row on, since tshark takes them for 802.1ah.
- Nothing is compared from an IP or TCP header on that contradicts itself (a wrong version, a length below its
  own), nor behind a UDP header whose length is not there.
"""

import collections
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

BATCH = 3000
EDGES = (0, 1, 0x7f, 0x80, 0xff)
TYPES = (0x0800, 0x86dd, 0x8100, 0x88a8, 0x8847, 0x0806, 0x6558)
PROTOCOLS = (0, 1, 4, 6, 17, 41, 43, 44, 47, 58, 60, 137)

# Our kinds, tshark's names of them, and its fields by ours. A field is given once by each such layer.
KINDS = {
    "eth": ("eth", {"dst": "eth.dst", "src": "eth.src"}),
    "vlan": ("vlan", {"id": "vlan.id", "pcp": "vlan.priority"}),
    "qinq": ("ieee8021ad", {"id": "ieee8021ad.id", "pcp": "ieee8021ad.priority"}),
    "mpls": ("mpls", {"label": "mpls.label", "tc": "mpls.exp", "bottom": "mpls.bottom", "ttl": "mpls.ttl"}),
    "arp": ("arp", {"op": "arp.opcode"}),
    "ipv4": ("ip", {"src": "ip.src", "dst": "ip.dst", "protocol": "ip.proto", "length": "ip.len",
                    "fragment": "ip.frag_offset", "ttl": "ip.ttl"}),
    "ipv6": ("ipv6", {"src": "ipv6.src", "dst": "ipv6.dst", "next_header": "ipv6.nxt", "length": "ipv6.plen",
                      "hop_limit": "ipv6.hlim"}),
    "ipv6-hop-by-hop": ("ipv6.hopopts", {}),
    "ipv6-routing": ("ipv6.routing", {}),
    "ipv6-fragment": ("ipv6.fraghdr", {"offset": "ipv6.fraghdr.offset", "more": "ipv6.fraghdr.more",
                                       "id": "ipv6.fraghdr.ident"}),
    "ipv6-dest-options": ("ipv6.dstopts", {}),
    "udp": ("udp", {"src_port": "udp.srcport", "dst_port": "udp.dstport"}),
    "tcp": ("tcp", {"src_port": "tcp.srcport", "dst_port": "tcp.dstport", "seq": "tcp.seq_raw",
                    "ack": "tcp.ack_raw"}),
    "icmp": ("icmp", {"type": "icmp.type", "code": "icmp.code"}),
    "icmpv6": ("icmpv6", {"type": "icmpv6.type", "code": "icmpv6.code"}),
    "gre": ("gre", {"type": "gre.proto"}),
    "vxlan": ("vxlan", {"vni": "vxlan.vni"}),
}
ALIASES = {"gre-key": "gre"}
NAMES = {name: kind for kind, (name, _) in KINDS.items()}
FIELDS = [field for _, fields in KINDS.values() for field in fields.values()]
# The shortest header of each, bytes.
LEAST = {"eth": 14, "vlan": 4, "qinq": 4, "mpls": 4, "arp": 28, "ipv4": 20, "ipv6": 40, "udp": 8, "tcp": 20, "icmp": 8, "icmpv6": 8, "gre": 4,
         "vxlan": 8}
IGNORED = {"ethertype", "ip.options", "tcp.options"}


def changed(frame, corpus, rng):
    """The frame with up to three changes, most of them in its headers."""
    frame = bytearray(frame)
    for _ in range(rng.randint(1, 3)):
        if not frame:
            frame.append(0)
        at = min(rng.randrange(len(frame)), rng.randrange(len(frame)))
        how = rng.randrange(9)
        if how == 0:
            frame[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            frame[at] = rng.choice(EDGES)
        elif how == 2:
            frame[at] = rng.randrange(256)
        elif how == 3:
            frame[at:at + 2] = struct.pack(">H", rng.choice(TYPES))
        elif how == 4:
            frame[at] = rng.choice(PROTOCOLS)
        elif how == 5:
            del frame[at:at + rng.randint(1, 8)]
        elif how == 6:
            frame[at:at] = frame[at:at + rng.randint(1, 8)]
        elif how == 7:
            del frame[len(frame) - rng.randint(0, len(frame) // 2):]
        else:
            other = rng.choice(corpus)
            frame[at:] = other[rng.randrange(len(other)):]
    return bytes(frame[:4096])


def write_pcap(path, frames):
    """A classic pcap file with nanoseconds, one frame a microsecond."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            out.write(struct.pack("<IIII", 1, i * 1000, len(frame), len(frame)) + frame)


def tshark(path):
    """For each frame: the chain of protocols, and a dict of lists of fields' values."""
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=;",
               "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-e", "frame.protocols"]
    for field in FIELDS:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        protocols, *values = line.split("\t")
        yield protocols.split(":"), {f: v.split(";") if v else [] for f, v in zip(FIELDS, values)}


def number(text):
    """A field's value in one form: a number where it is one, whichever base it is written in."""
    try:
        return int(text, 0)
    except ValueError:
        return {"true": 1, "false": 0}.get(text.lower(), text.lower())


def known(protocols):
    """tshark's chain up to what dissect() does not know, in our words, and whether it was cut there."""
    chain = []
    for name in protocols:
        if name in IGNORED:
            continue
        if name not in NAMES:
            break
        chain.append(NAMES[name])
        if name in ("icmp", "icmpv6"):
            break
    return chain


def broken(layer, ours):
    """Whether a header contradicts itself; tshark then leaves out what it holds."""
    kind = layer["kind"]
    if kind == "udp":
        return not 8 <= int(layer["length"]) <= ours["payload_at"] + ours["payload_bytes"] - layer["at"]
    if kind == "ipv4":
        words = int(layer["header_words"])
        return layer["version"] != "4" or words < 5 or 0 < int(layer["length"]) < 4 * words
    return kind == "ipv6" and layer["version"] != "6" or kind == "tcp" and int(layer["header_words"]) < 5


def chain_of(layers):
    """The kinds, a stack of MPLS labels once."""
    kinds = [layer["kind"] for layer in layers]
    return [kind for i, kind in enumerate(kinds) if i == 0 or kind != "mpls" or kinds[i - 1] != "mpls"]


def first_beyond_udp(layers):
    """The first layer whose header is not wholly within the length of the UDP header before it."""
    end = None
    for i, layer in enumerate(layers):
        if end is not None and layer["at"] + LEAST.get(layer["kind"], 8) > end:
            return i
        if layer["kind"] == "udp":
            end = layer["at"] + int(layer["length"])
    return len(layers)


def difference(ours, protocols, values, frame):
    """What differs, or None."""
    layers = [dict(layer, kind=ALIASES.get(layer["kind"], layer["kind"])) for layer in ours["layers"]]
    whole = next((i for i, layer in enumerate(layers)
                  if layer["kind"] == "ipv6-hop-by-hop" and layers[i - 1]["kind"] != "ipv6"), len(layers))
    layers = layers[:whole]
    whole = next((i + (layer["kind"] == "udp") for i, layer in enumerate(layers) if broken(layer, ours)), len(layers))
    whole = min(whole, first_beyond_udp(layers[:whole]))
    whole = min([whole, *(i - 1 for i in range(1, whole) if layers[i]["kind"] == layers[i - 1]["kind"] == "qinq")])
    mine, theirs = chain_of(layers[:whole]), known(protocols)
    if whole < len(ours["layers"]) or len(theirs) > len(mine) and stops(ours, layers, theirs, len(mine), frame):
        theirs = theirs[:len(mine)]
    if mine != theirs:
        return f"layers {mine}, tshark {theirs}"
    seen = collections.Counter()
    for layer in layers[:whole]:
        kind = layer["kind"]
        if kind == "arp" and frame[layer["at"]:layer["at"] + 6] != b"\0\1\x08\0\6\4":
            break
        for field, name in KINDS[kind][1].items():
            its = values[name]
            if seen[kind] >= len(its):
                return f"{name}: tshark has none for {kind} {seen[kind]}"
            # tshark gives a length of 0, left to the device, as what the frame holds.
            if number(layer[field]) != number(its[seen[kind]]) and (field, layer[field]) != ("length", "0"):
                return f"{name}: {layer[field]}, tshark {its[seen[kind]]}"
        seen[kind] += 1
    return None


def stops(ours, layers, theirs, theirs_at, frame):
    """Whether a rule says that tshark names a layer more than dissect() here."""
    extra = theirs[theirs_at]
    if not layers:
        return True
    last = layers[-1]
    in_ip = last["kind"] in ("ipv4", "ipv6") or last["kind"].startswith("ipv6-")
    if extra.startswith("ipv6-") or in_ip and extra == "mpls" or extra == "eth" and last["kind"] in ("eth", "vlan", "qinq"):
        return True
    if extra == "icmp" and in_ip or (extra, last["kind"]) == ("icmpv6", "ipv4"):
        return True
    if last["kind"] == "gre" and int.from_bytes(frame[last["at"]:last["at"] + 2], "big") not in (0, 0x2000):
        return True
    if (last["kind"], extra) == ("gre", "arp"):
        return True
    if (last["kind"], extra) == ("gre", "eth") and frame[last["at"] + 2:last["at"] + 4] != b"\x65\x58":
        return True
    behind = frame[ours["payload_at"] - 2:ours["payload_at"]]
    if extra == "vlan" and behind == b"\x91\x00" or extra == "eth" and in_ip:
        return True
    if extra == "vxlan":
        return int(last["dst_port"]) != 4789 or ours["payload_bytes"] < 8
    return ours["payload_bytes"] < LEAST.get(extra, 8)


def compare(program, frames, path):
    """The differences of one batch, as text."""
    write_pcap(path, frames)
    run = subprocess.run([program, path], capture_output=True, text=True)
    if run.returncode != 0:
        return [f"say_frames ended with {run.returncode}: {run.stderr[-2000:]}"]
    *mine, summary = [json.loads(line) for line in run.stdout.splitlines()]
    theirs = list(tshark(path))
    if not len(frames) == len(mine) == summary["packets"] == len(theirs):
        return [f"{len(frames)} frames, ours {len(mine)}, tshark {len(theirs)}"]
    found = []
    for i, (frame, ours, (protocols, values)) in enumerate(zip(frames, mine, theirs)):
        what = difference(ours, protocols, values, frame)
        if what:
            found.append(f"frame {i + 1}: {what}: {frame.hex()}")
    return found


def main(program, corpus, seconds, seed=1):
    """Batches for so long; at least one."""
    rng = random.Random(int(seed))
    frames = [path.read_bytes() for path in sorted(pathlib.Path(corpus).iterdir())]
    end, done, batch = time.monotonic() + float(seconds), 0, list(frames)
    with tempfile.NamedTemporaryFile(suffix=".pcap", delete=False) as file:
        path = file.name
    while True:
        found = compare(program, batch, path)
        if found:
            print("\n".join(found[:40]), f"\n{len(found)} of {len(batch)} frames differ; {path} holds them")
            return 1
        done += len(batch)
        if time.monotonic() >= end and done > len(frames):
            break
        batch = [changed(rng.choice(frames), frames, rng) for _ in range(BATCH)]
    pathlib.Path(path).unlink()
    print(f"{done} frames")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
