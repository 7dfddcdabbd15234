# BIRD announces the networks of the file "routes" over BGP, with the tester's far port as next hop. "hopcost device" runs this
# script in the node, in a folder that holds that file.
command -v bird >/dev/null || { echo "bird needs bird2: apt-get install bird2" >&2; exit 1; }
networks() { # FAMILY PATTERN
  echo "protocol static networks_$1 { $1;"
  sed -n "/$2/s/.*/  route & blackhole;/p" routes
  echo "}"
}
{
  echo "router id 198.18.254.2;"
  echo "protocol device { }"
  networks ipv4 '\.'
  networks ipv6 :
  cat <<END
protocol bgp to_router {
  local 198.18.254.2 as 64513;
  neighbor 198.18.254.1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 1;
  ipv4 { import none; export filter { bgp_next_hop = 198.19.1.2; accept; }; };
}
protocol bgp to_router6 {
  local 2001:2:0:fe::2 as 64513;
  neighbor 2001:2:0:fe::1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 1;
  ipv6 { import none; export filter { bgp_next_hop = 2001:2:0:8000::2; accept; }; };
}
END
} >bird.conf
exec bird -f -c bird.conf -s bird.ctl -P bird.pid
