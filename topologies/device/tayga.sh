# What the scripts of translators share. TAYGA is a translator in user space between IPv6 under 2001:2:0:6464::/96 and IPv4.

# translate DEVICE MTU ROUTE ROUTE6 LINE...: runs it in this node, in the folder that the shell is in. LINEs are its configuration's
# besides those that all have; what goes to ROUTE becomes IPv6, what goes to ROUTE6 IPv4.
translate() {
  command -v tayga >/dev/null || { echo "${0##*/} needs tayga: apt-get install tayga" >&2; exit 1; }
  device=$1 mtu=$2 route=$3 route6=$4
  shift 4
  printf '%s\n' "tun-device $device" "$@" "prefix 2001:2:0:6464::/96" "data-dir $PWD" >tayga.conf
  tayga --mktun --config tayga.conf >&2 &&
    echo 0 >"/proc/sys/net/ipv6/conf/$device/disable_ipv6" &&
    ip link set "$device" mtu "$mtu" up &&
    ip route add "$route" dev "$device" &&
    ip -6 route add "$route6" dev "$device" &&
    exec tayga --nodetach --config tayga.conf
}
