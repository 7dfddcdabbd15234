# A translator that gives each IPv6 host an IPv4 address of its own from the pool. "hopcost device" runs this script in the node,
# in a folder of its own.
. "${0%/*}/tayga.sh"
translate nat64 1500 198.18.252.0/23 2001:2:0:6464::/96 "ipv4-addr 198.18.254.1" "dynamic-pool 198.18.252.0/23"
