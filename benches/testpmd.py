"""What the benches beside dpdk-testpmd (Debian's dpdk-dev) share."""
import re
import shutil
import subprocess

from side_by_side import skip

# Without a look at the machine's PCI devices, and without hugepages.
EAL = ["--no-pci", "--no-huge", "-m", "512", "--no-shconf", "--no-telemetry", "--log-level=error"]


def need_dpdk(pktgen):
    """Skips the bench when testpmd is missing or this pktgen has no dpdk backend."""
    if not shutil.which("dpdk-testpmd"):
        skip("dpdk-testpmd is not there: apt install dpdk-dev")
    if not re.search(r"^dpdk\s+built", subprocess.run([pktgen, "--list-backends"], capture_output=True, text=True).stdout, re.M):
        skip("this pktgen has no dpdk backend: apt install libdpdk-dev, and build again")
