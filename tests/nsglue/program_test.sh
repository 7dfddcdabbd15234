#!/bin/sh
# The program's exit codes and messages, without any privilege. Argument: the program.
program=$1
failed=0

# expect CODE TEXT ARGUMENT...: the exit code, and a text on standard output or error.
expect() {
  code=$1 wanted=$2
  shift 2
  out=$("$program" "$@" 2>&1)
  got=$?
  if [ "$got" -ne "$code" ]; then
    echo "nsglue $*: exit $got, not $code: $out"
    failed=1
  fi
  case $out in
    *"$wanted"*) ;;
    *) echo "nsglue $*: no '$wanted' in: $out"; failed=1 ;;
  esac
}

file=$(mktemp --suffix=.toml)
hooked=$(mktemp --suffix=.toml)
trap 'rm -f "$file" "$hooked"' EXIT
sed -e 's/^name = "host"/name = "hooked"/' -e 's/^direction = "in"/&\nhook = "xdp"/' "$HOPCOST_TOPOLOGIES/host.toml" > "$hooked"
printf 'name = "x"\ncolour = 1\n' > "$file"

expect 0 'nsglue 0' --version
expect 0 'up' --help
expect 2 'name a verb' # none given
expect 2 'name a topology' up
expect 2 'name an instance' down
expect 2 'stands alone' down --dead x
expect 2 'stands alone' down --dead --all
expect 0 '"down": []' down --dead --json
expect 2 'give one topology' up --instance x host veth
expect 2 'not 1 to 40' check --instance a/b host
expect 4 "unknown topology 'unheard-of'" check unheard-of
expect 4 'geneve, gre, host, ' check unheard-of
expect 4 'No such file' check /nonexistent/x.toml
expect 2 "$file:" check "$file"
expect 1 'expected host found nothing' check --instance never-made host
expect 1 '"expected": "host"' check --json --instance never-made host
expect 0 'does not stand' show --instance never-made host
expect 0 'nsglue up host --instance never-made' show --instance never-made host
expect 0 'tester/t0 == dut/d0 [tap wire] -> br0 -> v0 [tap bridge_port] == container/eth0' show --instance never-made bridge
expect 0 '"settings": null' show --json --instance never-made host
expect 0 '"hook": null' show --json --instance never-made host
expect 0 '"hook": "xdp"' show --json --instance never-made "$hooked"
expect 0 "nsglue up $hooked" show "$hooked"
expect 0 '   3  hc-bridge.x3-container_3/eth0  02:68:63:02:01:02  198.18.0.35  2001:2::23  udp/9' show --containers 3 bridge
expect 0 'nsglue up bridge --containers 3' show --containers 3 bridge
expect 1 'hc-bridge.x3-container_3: namespace of topology expected bridge.x3 found nothing' check --containers 3 bridge
expect 2 '--containers is 1 to 256' up --containers 257 bridge
expect 2 '--containers goes with a topology' list --containers 2
expect 2 "can't have 2 containers: 'dut/d0' can have one VLAN 7 and no more" show --containers 2 vlan
expect 0 '<svg xmlns' show --svg bridge
expect 2 'goes with neither' show --svg --json bridge
expect 2 'draws one topology' show --svg bridge host
expect 0 '' down never-made
expect 0 '"name": "bridge"' list --json
expect 0 '"group": "layer 3"' list --json
expect 0 ' chain
  bridge-2 ' list
exit $failed
