#!/usr/bin/env python3
"""What the shells offer: completion_test.py SCRIPT_FOLDER PROGRAM... (paths). Bash is asked with COMP_WORDS and its like,
zsh in a terminal of its own where there is one."""
import os
import pathlib
import shutil
import subprocess
import sys

BREAKS = " \t\n\"'@><=;|&(:"  # as an interactive bash has them
faults = []


def words_of_bash(line):
    """As readline splits a line: separators that are no spaces are words themselves."""
    words, word = [], ""
    for c in line:
        if c in " \t":
            words, word = words + ([word] if word else []), ""
        elif (c in BREAKS) != (bool(word) and word[-1] in BREAKS) and word:
            words, word = words + [word], c
        else:
            word += c
    return words + [word]


def bash(line):
    script = folder / "hopcost.bash"
    words = words_of_bash(line)
    ask = """source "$1"; COMP_WORDBREAKS=$2; COMP_LINE=$3; COMP_POINT=${#3}; shift 3
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _hopcost_complete "${COMP_WORDS[0]}" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
        printf '%s\\n' "${COMPREPLY[@]}\""""
    done = subprocess.run(["bash", "--norc", "-c", ask, "bash", script, BREAKS, line, *words], text=True, check=True,
                          stdout=subprocess.PIPE)
    return done.stdout.split()


def expect(line, *wanted, others=True, without=()):
    """The candidates hold all of `wanted`, and nothing else unless `others`."""
    got = bash(line)
    if not set(wanted) <= set(got) or (not others and set(got) - set(wanted)) or set(without) & set(got):
        faults.append(f"'{line}': {got}, not {list(wanted)}")


def check_pktgen():
    expect("pktgen --du", "--duration", others=False)
    expect("pktgen --r", "--rate", "--replay", "--rx-cpu", "--rx-port", "--rx-write", others=False)
    expect("pktgen sh", "show", others=False)
    expect("pktgen show --", "--pcap", "--verbose", without=["--rate"])
    expect("pktgen --rate --du", others=False)  # the word is the rate
    expect("pktgen --port ", "null", "af_packet:", "pcap:")
    expect("pktgen --port af_packet:l", "lo", others=False)
    expect("pktgen --port=af_packet:l", "lo", others=False)
    expect("pktgen --port af_packet:", "lo")
    expect("pktgen --port af_packet:lo,", "lo,carrier=any", "lo,queue=", others=False)
    expect("pktgen --port xdp:lo,", "lo,queue=", others=False)
    expect("pktgen --port af_xdp:lo,", "lo,busy-poll=", "lo,carrier=any", "lo,frames=", "lo,mode=", "lo,queue=", others=False)
    expect("pktgen --port af_xdp:lo,mode=z", "zero-copy", others=False)
    expect("pktgen --i-mean-it l", "lo")
    expect("pktgen --gap j", "jittered", others=False)
    expect("pktgen --profile imi", "imix", "imix-v6", "imix-4-fields", others=False)
    expect("pktgen show vx", "vxlan", others=False)
    expect("pktgen --write ", others=False)  # bash offers files


def check_backends(program):
    """Each backend built is offered, and none that is not."""
    listed = subprocess.run([program, "--list-backends"], stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = [line.split(maxsplit=1) for line in listed.splitlines()]
    expect("pktgen --port ", *[name if name == "null" else name + ":" for name, state in lines if state == "built"],
           others=False)


def built(tap_kind):
    listed = subprocess.run(["analyzer", "--list-taps"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return any(line.startswith(tap_kind) and "not in this build" not in line for line in listed.splitlines())


def check_others():
    expect("analyzer --tap-", "--tap-kind", others=False)
    expect("analyzer --tap-kind a", "auto", "af_packet", others=False)
    expect("analyzer --tap a=l", "lo")
    hooks = ["in/tc", "out/tc", "in/xdp", "netif_rx", "napi_gro_receive_entry", "netif_receive_skb", "net_dev_queue",
             "net_dev_start_xmit", "net_dev_xmit"] if built("bpf") else []
    expect("analyzer --tap a=lo:", "in", "out", *hooks, others=False)
    if hooks:
        expect("analyzer --tap a=lo:in/", "in/tc", "in/xdp", others=False)
        expect("analyzer --tap a=lo:net_dev_q", "net_dev_queue", others=False)
    expect("analyzer --tap a=lo:in --tap b=l", "lo")
    expect("nsglue u", "up", others=False)
    expect("nsglue up macvlan-pa", "macvlan-passthru", others=False)
    expect("nsglue down --", "--all", "--json", "--instance")
    expect("nsglue --json up ho", "host", others=False)
    expect("hopcost ", "run", "load", "paper", "report", "selftest", "lifecycle", "device", "fleet", "push", "doctor", others=False)
    expect("hopcost paper noro", "noronha2018", others=False)
    expect("hopcost load sock", "sockperf", others=False)
    expect("hopcost load --to", "--together", "--topologies", others=False)
    expect("hopload --", "--control", "--help", "--version", others=False)
    expect("hopcost run --modes host,macvlan-pa", "host,macvlan-passthru", others=False)
    expect("hopcost run --tap", "--tap-kind", others=False)
    expect("hopcost run --device-wire m", "macvlan", others=False)
    expect("hopcost doctor --", "--json", "--help", others=False)


def check_zsh():
    """Its own completion, driven in a pseudo terminal: the only candidate is put on the line."""
    script = """zmodload zsh/zpty; zpty z zsh -f -i
        zpty -w z 'PS1=""; fpath=("$HOPCOST_ZSH" $fpath); autoload -U compinit; compinit -u -D; print READY=$((1+1))'
        zpty -r -m z out '*READY=2*'
        zpty -w -n z $'pktgen --port af_packet:l\\t' ; sleep 1; zpty -w z ''; zpty -r -m z out '*af_packet:lo*' && print -r -- "$out"
    """
    done = subprocess.run(["timeout", "20", "zsh", "-f", "-c", script], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, "HOPCOST_ZSH": str(folder)})
    if "af_packet:lo" not in done.stdout:
        faults.append(f"zsh: no 'af_packet:lo' in {done.stdout!r}")


folder = pathlib.Path(sys.argv[1])
programs = [pathlib.Path(p) for p in sys.argv[2:]]
os.environ["PATH"] = ":".join([*(str(p.parent) for p in programs), os.environ["PATH"]])
check_pktgen()
check_backends(programs[0])
check_others()
if shutil.which("zsh"):
    check_zsh()
for fault in faults:
    print(fault)
sys.exit(1 if faults else 0)
