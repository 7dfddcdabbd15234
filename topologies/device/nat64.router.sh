# TAYGA, a stateless translator in user space: each IPv6 host gets an IPv4 address of the pool for itself. Run in the node by "hopcost device", in
# a folder of its own.
command -v tayga >/dev/null || { echo "nat64 needs tayga: apt-get install tayga" >&2; exit 1; }
cat >tayga.conf <<END
tun-device nat64
ipv4-addr 198.18.254.1
prefix 2001:2:0:6464::/96
dynamic-pool 198.18.252.0/23
data-dir $PWD
END
tayga --mktun --config tayga.conf >&2 &&
  echo 0 >/proc/sys/net/ipv6/conf/nat64/disable_ipv6 &&
  ip link set nat64 up &&
  ip route add 198.18.252.0/23 dev nat64 &&
  ip -6 route add 2001:2:0:6464::/96 dev nat64 &&
  exec tayga --nodetach --config tayga.conf
