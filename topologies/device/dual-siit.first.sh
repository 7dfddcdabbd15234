# TAYGA as a stateless translator (SIIT, RFC 7915): what goes to the far side becomes IPv6, what comes from there IPv4. Run in the
# node by "hopcost device", in a folder of its own.
command -v tayga >/dev/null || { echo "dual-siit needs tayga: apt-get install tayga" >&2; exit 1; }
cat >tayga.conf <<END
tun-device siit
ipv4-addr 198.18.254.1
prefix 2001:2:0:6464::/96
data-dir $PWD
END
tayga --mktun --config tayga.conf >&2 &&
  echo 0 >/proc/sys/net/ipv6/conf/siit/disable_ipv6 &&
  ip link set siit mtu 1520 up &&
  ip route add 198.19.0.0/16 dev siit &&
  ip -6 route add 2001:2:0:6464::c612:0/112 dev siit &&
  exec tayga --nodetach --config tayga.conf
