"""Lines of TAP (testanything.org), for tests in Python: ok() for each point, and finish() at the end."""
import sys

faults = 0
number = 0


def ok(good, name, told=""):
    """One point; `told` is what to know where it is not good."""
    global faults, number
    number += 1
    faults += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good:
        print("# " + str(told).replace("\n", "\n# "))
    sys.stdout.flush()


def finish():
    """The plan, which may come last. Exits."""
    print(f"1..{number}")
    sys.exit(1 if faults else 0)
