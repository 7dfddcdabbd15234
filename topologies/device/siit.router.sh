# A stateless translator (SIIT, RFC 7915) that only uses RFC 6052's addresses: an IPv6 host's address contains the IPv4 address
# that it has on the other side, so either side may begin. "hopcost device" runs this script in the node, in a folder of its own.
. "${0%/*}/tayga.sh"
translate siit 1500 198.18.0.0/16 2001:2:0:6464::c613:0/112 "ipv4-addr 198.18.254.1"
