"""Capture files of a made-up path, the same on every machine: probes that are late, lost, doubled and out of order, others'
frames, VLAN tags, both byte orders, all kinds of file."""
import math
import random
import struct

START = 1_800_000_000_000_000_000


def frame(flow, sequence, tx_ns, tagged=False):
    probe = struct.pack("!HQQ", 0x4C71, flow << 48 | sequence, tx_ns)
    udp = struct.pack("!HHHH", 9, 9, 8 + len(probe), 0) + probe
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([198, 18, 0, 1]), bytes([198, 18, 0, 2]))
    tag = struct.pack("!HH", 0x8100, 7) if tagged else b""
    return bytes(12) + tag + struct.pack("!H", 0x0800) + ip + udp


def padded(data):
    return data + bytes(-len(data) % 4)


def block(order, kind, body):
    size = len(padded(body)) + 12
    return struct.pack(order + "II", kind, size) + padded(body) + struct.pack(order + "I", size)


def pcapng(order, packets, interfaces=1):
    """packets: (interface, ns, bytes)"""
    out = [block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for i in range(interfaces):
        name = b"if%d" % i
        options = struct.pack(order + "HH", 2, len(name)) + padded(name) + struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0)
        out.append(block(order, 1, struct.pack(order + "HHI", 1, 0, 0) + options))
    for interface, ns, data in packets:
        head = struct.pack(order + "IIIII", interface, ns >> 32, ns & 0xFFFFFFFF, len(data), len(data))
        out.append(block(order, 6, head + data))
    return b"".join(out)


def pcap(order, packets, nano):
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for _, ns, data in packets:
        fraction = ns % 10**9 // (1 if nano else 1000)
        out.append(struct.pack(order + "IIII", ns // 10**9, fraction, len(data), len(data)) + data)
    return b"".join(out)


def path_of_two(seed, count, ahead=0, drift=0.0):
    """What two points saw of the same probes; the second's clock is ahead and drifts."""
    rng = random.Random(seed)
    first, second = [], []
    for i in range(count):
        flow, sequence, tx = 1 + i % 3, (2**48 - 50 + i // 3) % 2**48, START + i * 20_000
        data = frame(flow, sequence, tx, i % 5 == 0)
        a = tx + 300 + int(rng.expovariate(1 / 200))
        b = a + 500 + int(rng.expovariate(1 / 900)) + (40_000 if i % 97 == 0 else 0)
        first.append((0, a, data))
        if i % 11 == 0:
            first.append((0, a + 1, bytes(60)))
        if i % 101 == 7:
            continue
        for _ in range(2 if i % 203 == 0 else 1):
            second.append((0, b + ahead + math.floor(drift * (b - START)), data))
    return first, sorted(second, key=lambda p: p[1])


def write_all(folder):
    """Writes the files; the arguments of one analyzer run each."""
    def put(name, data):
        (folder / name).write_bytes(data)
        return str(folder / name)

    a, b = path_of_two(1, 6000)
    le, be = put("a.pcapng", pcapng("<", a)), put("b.pcapng", pcapng(">", b))
    c, d = path_of_two(2, 6000, ahead=3_600_000_000_123, drift=31e-6)
    nano, later = put("c.pcap", pcap(">", c, True)), put("d.pcapng", pcapng("<", d))
    micro = put("e.pcap", pcap("<", c, False))
    both = put("both.pcapng", pcapng(">", sorted([(0, *p[1:]) for p in a] + [(1, *p[1:]) for p in b], key=lambda p: p[1]), 2))
    cut = put("cut.pcapng", pcapng(">", a)[:-33])
    runs = [
        ["--tap", f"a=pcap:{le}", "--tap", f"b=pcap:{be}"],
        ["--tap", f"a=pcap:{be}", "--tap", f"b=pcap:{le}", "--window", "1024"],
        ["--tap", f"a=pcap:{nano}", "--tap", f"b=pcap:{later}", "--fit-clocks"],
        ["--tap", f"a=pcap:{micro}"],
        ["--tap", f"a=pcap:{both}#if0", "--tap", f"b=pcap:{both}#1"],
        ["--tap", f"a=pcap:{cut}"],
    ]
    return runs + [run + ["--json"] for run in runs]
