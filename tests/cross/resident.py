"""What a process holds in memory at its most."""
import re
import select
import time


def resident_at_most(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


def peak_kib(program):
    """Of a program whose output is longer than its pipe: once it writes it has used all it will, and waits."""
    select.select([program.stdout], [], [], 120)
    time.sleep(0.1)
    return resident_at_most(program.pid)
