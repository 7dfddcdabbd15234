#!/usr/bin/env python3
"""versus_tshark.py SAY_FRAMES CORPUS SECONDS [SEED]: changed frames, read by our code and by tshark.

Changes the corpus' frames at random, the same way for one seed, puts a batch of them into one capture, and
compares what say_frames and tshark make of each frame:

- by dissect(): the layers in their order, and each layer's fields,
- by identify_packet(): the flow is that of tshark's innermost IP packet,
- by find_probe(): the probe ends where tshark's outermost IP packet does.

Exits 1 at the first batch with a difference; the capture is kept and named.

Where the two differ by design:

- find_probe() looks behind four tags and eight labels; beyond them a probe is at the frame's end.
- identify_packet() also reads VXLAN at port 8472, Linux's of old; tshark does not.
- identify_packet() gives a fragment no ports. Flows are compared where tshark knows no layer but ours, without ICMP.
- tshark goes on where we stop, so the chain is compared up to the first protocol that dissect() does not know,
  and up to an ICMP header: tshark reads the packet that an error quotes.
- tshark stops at an option that is malformed; dissect() does not read options.
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
- tshark reads GRE and MPLS behind UDP (RFC 8086, RFC 7510), RARP as ARP, and IP behind Cisco's type 0x883e of
  GRE (WCCP); dissect() does not. It reads frames to 01:00:0c:00:00:xx as those of ISL.
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
ISL, WCCP, RARP = b"\x01\0\x0c\0\0", b"\x88\x3e", b"\x80\x35"
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
FRAGMENT = ("ip.flags.mf", "ip.frag_offset", "ipv6.fraghdr.more", "ipv6.fraghdr.offset")
FIELDS = [*dict.fromkeys([*(field for _, fields in KINDS.values() for field in fields.values()), *FRAGMENT])]
# The shortest header of each, bytes.
LEAST = {"eth": 14, "vlan": 4, "qinq": 4, "mpls": 4, "arp": 28, "ipv4": 20, "ipv6": 40, "udp": 8, "tcp": 20, "icmp": 8, "icmpv6": 8, "gre": 4,
         "vxlan": 8}
# How often what was compared, for the last line.
COMPARED = collections.Counter()
PROBE_BYTES = 18
LINUX_VXLAN = "8472"
MOST_TAGS, MOST_LABELS = 4, 8
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


def tshark(path, more=()):
    """For each frame: the chain of protocols, a dict of lists of fields' values, and the values of the fields in
    `more`. Then what tshark found wrong with the file, or an empty text.
    """
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=;",
               "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-e", "frame.protocols"]
    for field in (*more, *FIELDS):
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, text=True)
    frames = []
    for line in run.stdout.splitlines():
        protocols, *values = line.split("\t")
        fields = {f: v.split(";") if v else [] for f, v in zip(FIELDS, values[len(more):])}
        frames.append((protocols.split(":"), fields, values[:len(more)]))
    return frames, run.stderr.strip() if run.returncode else ""


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
    if kind in ("ipv4", "tcp"):
        header = 4 * int(layer["header_words"])
        if header < 20 or layer["at"] + header > ours["payload_at"] + ours["payload_bytes"]:
            return True
    if kind == "ipv4":
        return layer["version"] != "4" or 0 < int(layer["length"]) < header
    return kind == "ipv6" and layer["version"] != "6"


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
    if frame[:5] == ISL:
        return None
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
    if "_ws.malformed" in protocols and len(theirs) < len(mine):
        whole = next(n for n in range(len(layers) + 1) if n == whole or len(chain_of(layers[:n + 1])) > len(theirs))
        mine = chain_of(layers[:whole])
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
    if whole < len(ours["layers"]):
        return None
    return end_of_probe(ours, layers, values) or flow(ours, layers, protocols, values)


def end_of_probe(ours, layers, values):
    """What differs in where the probe is, or None."""
    first = next((layer for layer in layers if layer["kind"] in ("ipv4", "ipv6")), None)
    if ours["probe"] is None or first is None or first["length"] == "0":
        return None
    before = collections.Counter(layer["kind"] for layer in layers[:layers.index(first)])
    if before["mpls"] > MOST_LABELS or before["vlan"] + before["qinq"] > MOST_TAGS:
        return None
    end = first["at"] + (int(values["ip.len"][0]) if first["kind"] == "ipv4" else 40 + int(values["ipv6.plen"][0]))
    COMPARED["probes"] += 1
    return None if ours["probe"] + PROBE_BYTES == end else f"probe at {ours['probe']}, tshark's packet ends at {end}"


def no_vni(layer):
    """Whether VXLAN's flags say that there is no number, or another protocol: to identify_packet() that is no tunnel."""
    return layer["kind"] == "vxlan" and int(layer["flags"], 0) & 0xc != 8


def longer_than_its_tunnel(layers, end):
    """Whether an IP packet claims to be longer than what it is in, or than the frame: to identify_packet() that is
    no packet.
    """
    for layer in layers:
        if layer["kind"] not in ("ipv4", "ipv6") or layer["length"] == "0":
            continue
        its = layer["at"] + int(layer["length"]) + (40 if layer["kind"] == "ipv6" else 0)
        if its > end:
            return True
        end = its
    return False


def flow(ours, layers, protocols, values):
    """What differs in the flow of the innermost packet, or None. Only where tshark knows every layer by our names."""
    names = [name for name in protocols if name not in IGNORED]
    if len(layers) < 2 or layers[-1]["kind"] not in ("udp", "tcp") or not ours["identity"]:
        return None
    if longer_than_its_tunnel(layers, ours["captured"]) or any(broken(layer, ours) or no_vni(layer) for layer in layers):
        return None
    end = max(names.index(name) if name in names else -1 for name in ("udp", "tcp"))
    end = len(names) - 1 - names[::-1].index(names[end])
    if any(name not in NAMES for name in names[:end + 1]) or {"ip", "ipv6", "icmp", "icmpv6", "geneve"} & set(names[end + 1:]):
        return None
    if layers[-1]["kind"] == "udp" and int(layers[-1]["length"]) != ours["payload_bytes"] + 8:
        return None
    if layers[-1].get("dst_port") == LINUX_VXLAN:
        return None
    if any(number(value) for field in FRAGMENT for value in values[field]):
        return None
    ip = [name for name in names if name in ("ip", "ipv6")][-1]
    transport = layers[-1]["kind"]
    theirs = [values[f"{ip}.src"][-1], values[f"{ip}.dst"][-1], {"udp": 17, "tcp": 6}[transport],
              int(values[f"{transport}.srcport"][-1]), int(values[f"{transport}.dstport"][-1])]
    COMPARED["flows"] += 1
    return None if ours["identity"] == theirs else f"flow {ours['identity']}, tshark {theirs}"


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
    if (last["kind"], extra) in (("gre", "arp"), ("udp", "gre"), ("udp", "mpls")):
        return True
    if last["kind"] == "gre" and frame[last["at"] + 2:last["at"] + 4] == WCCP:
        return True
    if (last["kind"], extra) == ("gre", "eth") and frame[last["at"] + 2:last["at"] + 4] != b"\x65\x58":
        return True
    behind = frame[ours["payload_at"] - 2:ours["payload_at"]]
    if extra == "arp" and behind == RARP:
        return True
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
    theirs, fault = tshark(path)
    if fault:
        raise RuntimeError(fault)
    if not len(frames) == len(mine) == summary["packets"] == len(theirs):
        return [f"{len(frames)} frames, ours {len(mine)}, tshark {len(theirs)}"]
    found = []
    for i, (frame, ours, (protocols, values, _)) in enumerate(zip(frames, mine, theirs)):
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
    if 0 in (COMPARED["flows"], COMPARED["probes"]):
        sys.exit("no flow or no probe was compared: does this tshark name its fields otherwise?")
    print(f"{done} frames, {COMPARED['flows']} flows, {COMPARED['probes']} probes")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
