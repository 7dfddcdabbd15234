"""What Meson's logs say of tests: the cases of each test program, and the programs that ended badly without naming a case."""
import dataclasses
import json
import xml.etree.ElementTree as ET

ALONE = "passed_alone.json"


@dataclasses.dataclass(frozen=True)
class Case:
    """One test. `key` is its log, its program and its name; `run` is Meson's record of the program: command, env, result."""
    key: tuple
    state: str  # passed, failed, skipped
    reason: str
    run: dict

    @property
    def name(self):
        """GoogleTest's name, or that of the test itself."""
        return self.key[2] or self.key[1]


def reason_of(element):
    skipped = element.find("skipped")
    text = (skipped.get("message") or skipped.text or "") if skipped is not None else ""
    return " ".join((text or element.findtext("system-out") or "").split())


def state_of(element):
    if element.find("failure") is not None or element.find("error") is not None:
        return "failed"
    return "skipped" if element.find("skipped") is not None or element.get("result") == "skipped" else "passed"


def plain(name):
    """A test's own name, of how Meson shows it: "hopcost:unit / base"."""
    return name.split(" / ")[-1]


def key_of(log, suite, element, runs):
    """A suite of GoogleTest's is named PROJECT.TEST.SUITE, one of a test with lines of TAP PROJECT.TEST; all other tests are cases of one
    suite, named PROJECT. Only GoogleTest can run a case by itself."""
    parts = suite.get("name").split(".", 2)
    if len(parts) > 1 and plain(parts[1]) in runs:
        return log, plain(parts[1]), f"{element.get('classname')}.{element.get('name')}" if len(parts) == 3 else ""
    return log, plain(element.get("name")), ""


def cases_of(junit):
    log = junit.name.removesuffix(".junit.xml")
    lines = junit.with_name(f"{log}.json").read_text().splitlines()
    runs = {plain(run["name"]): run for run in map(json.loads, lines)}
    blamed = set()
    for suite in ET.parse(junit).getroot().iter("testsuite"):
        for element in suite.iter("testcase"):
            key, state = key_of(log, suite, element, runs), state_of(element)
            if state == "failed":
                blamed.add(key[1])
            yield Case(key, state, reason_of(element) if state == "skipped" else "", runs.get(key[1], {}))
    # Cut off before it wrote which case failed, or found at fault after its last case, as a sanitizer finds a leak.
    for name, run in runs.items():
        if name not in blamed and run["result"] in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT"):
            yield Case((log, name, ""), "failed", run["result"], run)


def cases(folder):
    """Of all calls of `meson test` in this folder of logs, one for each --logbase."""
    for junit in sorted(folder.glob("*.junit.xml")):
        yield from cases_of(junit)


def passed_alone(folder):
    path = folder / ALONE
    return {tuple(key) for key in json.loads(path.read_text())} if path.exists() else set()


def note_passed_alone(folder, keys):
    (folder / ALONE).write_text(json.dumps(sorted(keys)))
