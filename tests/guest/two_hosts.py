#!/usr/bin/env python3
"""The device a guest with a kernel and a clock of its own, on a bench of two hosts: two_hosts.py BUILD SOURCE [TEST]. Without TEST what takes a minute;
Orders takes a quarter of an hour, and a machine that does nothing else."""
import pathlib
import subprocess
import sys
import unittest

import guest_device

BUILD, SOURCE = (pathlib.Path(p) for p in sys.argv[1:3])
STARTS_S, RUNS_S = 120, 400  # a few seconds and half a minute on an idle machine

guest_device.enter_namespaces([SOURCE / "guest" / "kernel.sh", SOURCE / "build" / "guest"])

# Serves ssh until it is ended.
INSIDE = """
modprobe virtio_net
%(set_up)s
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f /dev/null -h %(folder)s/host -o AuthorizedKeysFile=%(folder)s/user.pub -o StrictModes=no -o UsePAM=no -o PidFile=none
"""


class Device(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.guest = guest_device.Guest(BUILD)
        cls.addClassCleanup(cls.guest.end)
        folder = cls.guest.folder
        for program in ("analyzer", "nsglue"):
            (folder / program).symlink_to(BUILD / program / program)
        inside = INSIDE % {"set_up": guest_device.SET_UP, "folder": folder}
        cls.guest.start([SOURCE / "guest" / "run.sh", SOURCE / "build" / "guest"], ["bash", "-c", inside], STARTS_S)

    def test_modes_stand_in_their_order(self):
        code, said, result = self.guest.run(self.guest.folder, RUNS_S)
        guest_device.expect_a_run_between_clocks(self, code, said, result)
        guest_device.expect_flat_before_deep(self, guest_device.receive_side_times(result))
        self.assertEqual(self.guest.left_there(), [])


class Orders(Device):
    """Costs with intervals, while the guest's clock is skewed, and again while it runs as this machine's does and is right to a second."""
    test_modes_stand_in_their_order = None
    BUILDS, WITHIN_S = 16, 1200

    def costs(self):
        """Costs' intervals by mode, ns, and what is known of the clocks."""
        code, said, result = self.guest.run(self.guest.folder, self.WITHIN_S, builds=self.BUILDS)
        print(said)
        self.assertEqual(code, 0, said)
        return {m["name"]: m["cost_vs_host_ns"]["ci95"] for m in result["modes"] if m["name"] != "host"}, result["clocks"]

    def test_orders(self):
        skewed, clocks = self.costs()
        self.assertAlmostEqual(clocks["drift_ppm"], guest_device.FAST_PPM, delta=30)
        subprocess.run([*self.guest.ssh(), "busybox adjtimex -f 0 >/dev/null; date -s @$(($(date +%s) - 37))"], check=True)
        right, clocks = self.costs()
        self.assertAlmostEqual(clocks["drift_ppm"], 0, delta=30)
        for costs in (skewed, right):
            self.assertGreater(costs["macvlan"][0], 0)
            self.assertLess(costs["macvlan"][1], costs["bridge"][0])
        for mode, interval in skewed.items():
            self.assertLess(interval[0], right[mode][1], mode)
            self.assertGreater(interval[1], right[mode][0], mode)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], defaultTest=sys.argv[3] if len(sys.argv) > 3 else "Device", verbosity=2)
