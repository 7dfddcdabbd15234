# A stateless translator (SIIT, RFC 7915): packets to the near side become IPv6, packets from there become IPv4. "hopcost device"
# runs this script in the node, in a folder of its own.
. "${0%/*}/tayga.sh"
translate siit 1520 198.18.0.0/16 2001:2:0:6464::c613:0/112 "ipv4-addr 198.18.254.2"
