# BIRD puts the routes that its peer announces into the kernel's table. "hopcost device" runs this script in the node, in a folder
# of its own.
command -v bird >/dev/null || { echo "bird needs bird2: apt-get install bird2" >&2; exit 1; }
cat >bird.conf <<END
router id 198.18.254.1;
protocol device { scan time 1; }
protocol direct { ipv4; ipv6; }
protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }
protocol kernel { ipv6 { import none; export where source = RTS_BGP; }; }
template bgp fed {
  multihop;
  connect delay time 1; connect retry time 1; error wait time 1, 1;
}
protocol bgp fed4 from fed {
  local 198.18.254.1 as 64512;
  neighbor 198.18.254.2 as 64513;
  ipv4 { import all; export none; };
}
protocol bgp fed6 from fed {
  local 2001:2:0:fe::1 as 64512;
  neighbor 2001:2:0:fe::2 as 64513;
  ipv6 { import all; export none; };
}
END
# Packets that come before the routes are dropped without an answer.
ip route add blackhole 198.19.0.0/16 metric 9999
ip -6 route add blackhole 2001:2:0:8001::/64 metric 9999
exec bird -f -c bird.conf -s bird.ctl -P bird.pid
