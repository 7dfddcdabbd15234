"""hopcost device over PCI devices: two NICs are DPDK's, the kernel forwards between the two at the other ends of their hubs. And over
devices whose kinds few kernels have. Function alone."""
import json
import shutil
import subprocess

import nic

NEAR, FAR = "0000:00:10.0", "0000:00:13.0"  # of DPDK, each on a hub with one of the kernel's
KERNEL_NEAR, KERNEL_FAR = "0000:00:11.0", "0000:00:12.0"
KERNEL_NEAR_MAC, FAR_MAC = "02:68:63:00:10:01", "02:68:63:00:10:03"
RATE = 500


def run(*words):
    subprocess.run(words, check=True)


def forward():
    """The kernel's two NICs are a router's: RFC 2544's addresses on both, and the far tester for a neighbour."""
    nic.bind(NEAR, "uio_pci_generic")
    nic.bind(FAR, "uio_pci_generic")
    nic.bind(KERNEL_NEAR, "e1000e")
    nic.bind(KERNEL_FAR, "e1000e")
    near, far = nic.kernel_device(KERNEL_NEAR), nic.kernel_device(KERNEL_FAR)
    nic.write("/proc/sys/net/ipv4/ip_forward", "1")
    for device, address in ((near, "198.18.1.1/24"), (far, "198.19.1.1/24")):
        nic.write(f"/proc/sys/net/ipv6/conf/{device}/disable_ipv6", "1")
        run("ip", "address", "replace", address, "dev", device)
        run("ip", "link", "set", device, "up")
    faults = [fault for device in (near, far) for fault in nic.wait_for_carrier(device)]
    run("ip", "neighbour", "replace", "198.19.1.2", "lladdr", FAR_MAC, "dev", far, "nud", "permanent")
    run("ip", "route", "replace", "198.19.64.0/18", "via", "198.19.1.2")
    return faults


def throughput_and_latency(build):
    faults = forward()
    if faults:
        return faults
    ports = [word for pci in (NEAR, FAR) for word in ("--port", f"dpdk:{pci}@,hugepages=256")]
    done = subprocess.run([f"{build}/campaign/hopcost", "device", "throughput,latency", *ports, "--dst-mac", KERNEL_NEAR_MAC, "--size", "512",
                           "--quick", "--trial", "1s", "--repeats", "2", "--max-rate", str(RATE), "--out", "device", "--json", "--quiet"],
                          capture_output=True, text=True)
    said = done.stderr.splitlines()
    if not done.stdout:
        return [f"exit {done.returncode}", *said]
    tests = {test["test"]: test for test in json.loads(done.stdout)["tests"]}
    throughput, latency = tests["throughput"], tests["latency"]
    # The highest load holds, which is said: nobody measures a speed here.
    if throughput["throughput_fps"] != RATE or "highest load" not in throughput["irregular"]:
        return [f"throughput {throughput['throughput_fps']}: {throughput['irregular']}", str(throughput["lost_at"]), *said]
    if latency["irregular"] or latency["lost"] or not latency["latency_ns"]["median"]["median"] > 0:
        return [f"latency: {latency['irregular']}, {latency['lost']} lost of {latency['frames']}", *said]
    return []


def tunnel(build, size, *words):
    """A built device of 6in4 tunnels forwards all frames that are sent, each way. An emulated CPU is late for some, so one of three tries has to."""
    faults = []
    for _ in range(3):
        done = subprocess.run([f"{build}/campaign/hopcost", "device", "loss", "--ipv6", "--bidirectional", "--size", size, "--routes", "3", "--quick",
                               "--trial", "1s", "--max-rate", str(RATE), "--out", "tunnel", "--json", "--quiet", *words], capture_output=True, text=True)
        if not done.stdout:
            return [f"exit {done.returncode}", *done.stderr.splitlines()]
        shutil.rmtree("tunnel")
        test = json.loads(done.stdout)["tests"][0]
        if any(p["received"] == p["sent"] > 1.5 * p["load_fps"] for p in test["loss_curve"]):  # one way sends load_fps at most
            return []
        faults.append(f"{test['irregular']} {test['loss_curve']}")
    return faults


def points(build):
    return [("a 6in4 tunnel's end, with the tester as the other", lambda: tunnel(build, "104", "--dut", "6in4", "--6in4", "198.18.1.2,198.18.1.1")),
            ("both ends of a 6in4 tunnel", lambda: tunnel(build, "1518", "--dut", "dual-6in4")),
            ("a device between two PCI NICs", lambda: throughput_and_latency(build))]
