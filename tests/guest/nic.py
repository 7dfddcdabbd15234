"""DPDK on a PCI device: one of two NICs on a hub is pktgen's, the other the kernel's, and every probe comes over, both ways."""
import json
import pathlib
import subprocess
import time

DPDK_NIC, KERNEL_NIC = "0000:00:10.0", "0000:00:11.0"  # as guest/run.sh plugs them in
DPDK_MAC, KERNEL_MAC = "02:68:63:00:10:00", "02:68:63:00:10:01"
PROBES = 1000
PCI = pathlib.Path("/sys/bus/pci")
KERNEL_DRIVERS = {"0x8086": "e1000e", "0x1af4": "virtio-pci", "0x15ad": "vmxnet3"}  # by vendor: of the models that run.sh --nic may give


def write(path, text):
    pathlib.Path(path).write_text(text)


def kernel_driver(nic):
    return KERNEL_DRIVERS[(PCI / "devices" / nic / "vendor").read_text().strip()]


def kernel_device(nic=KERNEL_NIC):
    """Virtio's network device is below a device of virtio's own bus."""
    return next(found for net in (PCI / "devices" / nic).glob("**/net") for found in net.iterdir()).name


def bind(nic, driver):
    """Gives a NIC that driver, in place of whatever it has."""
    subprocess.run(["modprobe", driver], check=True)
    bound = PCI / "devices" / nic / "driver"
    if bound.exists():
        write(bound / "unbind", nic)
    write(PCI / "devices" / nic / "driver_override", driver)
    write(PCI / "drivers_probe", nic)


def wait_for_carrier(device):
    carrier = pathlib.Path(f"/sys/class/net/{device}/carrier")
    for _ in range(100):
        if carrier.read_text().strip() == "1":
            return []
        time.sleep(0.1)
    return [f"{device} got no carrier"]


def set_up():
    """The drivers of both devices, and hugepages for DPDK."""
    bind(DPDK_NIC, "uio_pci_generic")
    bind(KERNEL_NIC, kernel_driver(KERNEL_NIC))
    subprocess.run(["modprobe", "-a", "virtio_net"], check=True)
    write("/proc/sys/vm/nr_hugepages", "256")
    device = kernel_device()
    write(f"/proc/sys/net/ipv6/conf/{device}/disable_ipv6", "1")
    subprocess.run(["ip", "link", "set", device, "up", "promisc", "on"], check=True)
    return wait_for_carrier(device)


def probes(build, port, rx_port, mac):
    """PROBES from one port to the other in one pktgen, which sends to the other's MAC address: the faults."""
    done = subprocess.run([f"{build}/pktgen/pktgen", "--port", port, "--rx-port", rx_port, "--dst-mac", mac,
                           "--count", str(PROBES), "--rate", "1kpps", "--linger", "2s", "--json", "--quiet"], capture_output=True, text=True)
    if not done.stdout:
        return [f"exit {done.returncode}", *done.stderr.splitlines()]
    result = json.loads(done.stdout)
    good = (done.returncode, result["sent"], result["rx"]["received"]) == (0, PROBES, PROBES)
    return [] if good else [f"exit {done.returncode}: {result['sent']} sent, {result['rx']['received']} received of {PROBES}",
                            result["partial"], *done.stderr.splitlines()]


def points(build):
    def kernel():
        return f"af_packet:{kernel_device()}"

    dpdk = f"dpdk:{DPDK_NIC}@,hugepages=256"
    return [("two NICs, one for DPDK", set_up),
            ("from DPDK to the kernel", lambda: probes(build, dpdk, kernel(), KERNEL_MAC)),
            ("from the kernel to DPDK", lambda: probes(build, kernel(), dpdk, DPDK_MAC))]
