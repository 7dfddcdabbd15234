"""The standards' tests of a device (doc/device.md), run by the hopcost program."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any


class DeviceError(Exception):
    """hopcost ended without a result; `exit` is its exit code (man hopcost)."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"hopcost ended with exit code {exit_code}; it says why on standard error")
        self.exit = exit_code


def device_test(test: str, options: Sequence[str], *, program: str = "") -> dict[str, Any]:
    """Runs `hopcost device TEST OPTION... --json` and gives its result.json. The result of an irregular or partial run says so.
    Raises DeviceError."""
    argv = [program or os.environ.get("HOPCOST_BIN", "hopcost"), "device", test, *options, "--json"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    try:
        result: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise DeviceError(done.returncode) from None
    return result
