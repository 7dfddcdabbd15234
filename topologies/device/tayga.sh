# What the translators' scripts share. TAYGA translates, in user space, between IPv6 under 2001:2:0:6464::/96 and IPv4.

# translate DEVICE MTU ROUTE ROUTE6 LINE...: runs TAYGA in this node and the current folder. Packets to ROUTE become IPv6, packets
# to ROUTE6 become IPv4. LINEs are added to the configuration that all translators have.
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
