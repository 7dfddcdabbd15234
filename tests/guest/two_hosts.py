#!/usr/bin/env python3
"""The device a guest with a kernel and a clock of its own, on a bench of two hosts: two_hosts.py BUILD SOURCE."""
import pathlib
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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
