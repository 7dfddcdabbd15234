# A stateless translator (SIIT, RFC 7915): what goes to the near side becomes IPv6, what comes from there IPv4. Run in the node by
# "hopcost device", in a folder of its own.
. "${0%/*}/tayga.sh"
translate siit 1520 198.18.0.0/16 2001:2:0:6464::c613:0/112 "ipv4-addr 198.18.254.2"
