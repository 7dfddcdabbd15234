// A probe on every path the finder promises to find it on.
#pragma once

#include "tests/wire/encapsulate.h"
#include "wire/probe.h"

namespace hopcost {

inline constexpr Probe kCarried{0x1234, 77, 1'800'000'000'000'000'001};

struct EncapsulatedFrame {
  const char* name;
  encapsulate::Bytes bytes;
  const char* protocols;  ///< What tshark calls them (frame.protocols), our own left out.
};

namespace encapsulated {

using namespace encapsulate;

inline Bytes probe_payload() {
  Bytes b = hex("00 00 00 00 00");
  b.resize(b.size() + kProbeBytes);
  store_probe(std::span(b).last<kProbeBytes>(), kCarried);
  return b;
}

inline Bytes ip4() {
  return ipv4(17, udp(7, probe_payload()));
}
inline Bytes ip6() {
  return ipv6(17, udp(7, probe_payload(), kV6Addresses));
}

inline Bytes labels(int count, const Bytes& packet) {
  Bytes b = packet;
  for (int n = 0; n < count; ++n) b = mpls(100 + n, n == 0, b);
  return b;
}
inline Bytes tags(int count, const Bytes& packet) {
  Bytes b = tag(1, 0x0800, packet);
  for (int n = 1; n < count; ++n) b = tag(1 + n, 0x8100, b);
  return b;
}

inline std::vector<EncapsulatedFrame> link_frames() {
  return {
      {"udp4", ethernet(0x0800, ip4()), "eth:ethertype:ip:udp"},
      {"udp6", ethernet(0x86dd, ip6()), "eth:ethertype:ipv6:udp"},
      {"vlan", ethernet(0x8100, tag(5, 0x0800, ip4())), "eth:ethertype:vlan:ethertype:ip:udp"},
      {"qinq", ethernet(0x88a8, tag(6, 0x8100, tag(5, 0x86dd, ip6()))),
       "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ipv6:udp"},
      {"mpls", ethernet(0x8847, mpls(100, true, ip4())), "eth:ethertype:mpls:ip:udp"},
      {"three labels", ethernet(0x8847, mpls(100, false, mpls(200, false, mpls(300, true, ip6())))),
       "eth:ethertype:mpls:ipv6:udp"},
      {"eight labels", ethernet(0x8848, labels(8, ip4())), "eth:ethertype:mpls:ip:udp"},
      {"four tags", ethernet(0x8100, tags(4, ip4())),
       "eth:ethertype:vlan:ethertype:vlan:ethertype:vlan:ethertype:vlan:ethertype:ip:udp"},
      {"mpls on a vlan", ethernet(0x8100, tag(5, 0x8847, mpls(100, true, ip4()))),
       "eth:ethertype:vlan:ethertype:mpls:ip:udp"},
  };
}

inline std::vector<EncapsulatedFrame> tunnel_frames() {
  const Bytes inner = ethernet(0x0800, ip4()), inner6 = ethernet(0x86dd, ip6());
  return {
      {"vxlan", ethernet(0x0800, ipv4(17, udp(4789, vxlan(inner)))),
       "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp"},
      {"vxlan over 6", ethernet(0x86dd, ipv6(17, udp(4789, vxlan(inner6), kV6Addresses))),
       "eth:ethertype:ipv6:udp:vxlan:eth:ethertype:ipv6:udp"},
      {"geneve", ethernet(0x0800, ipv4(17, udp(6081, geneve(inner6)))),
       "eth:ethertype:ip:udp:geneve:eth:ethertype:ipv6:udp"},
      {"gre", ethernet(0x0800, ipv4(47, gre(0x0800, ip4()))), "eth:ethertype:ip:gre:ip:udp"},
      {"gre, all options", ethernet(0x0800, ipv4(47, gre_full(0x86dd, ip6()))),
       "eth:ethertype:ip:gre:ipv6:udp"},
      {"gretap", ethernet(0x86dd, ipv6(47, gre_full(0x6558, inner))),
       "eth:ethertype:ipv6:gre:eth:ethertype:ip:udp"},
      {"ipip", ethernet(0x0800, ipv4(4, ip4())), "eth:ethertype:ip:ip:udp"},
      {"6 in 4", ethernet(0x0800, ipv4(41, ip6())), "eth:ethertype:ip:ipv6:udp"},
      {"4 in 6", ethernet(0x86dd, ipv6(4, ip4())), "eth:ethertype:ipv6:ip:udp"},
      {"vxlan in ipip on a vlan",
       ethernet(0x8100, tag(9, 0x0800, ipv4(4, ipv4(17, udp(4789, vxlan(inner)))))),
       "eth:ethertype:vlan:ethertype:ip:ip:udp:vxlan:eth:ethertype:ip:udp"},
  };
}

inline std::vector<EncapsulatedFrame> payload_frames() {
  const char* const natted = "c6120a07 c6120002";
  const char* const back = "c6120002 c6120a07";
  return {
      {"tcp", ethernet(0x0800, ipv4(6, tcp(probe_payload()))), "eth:ethertype:ip:tcp"},
      {"tcp6", ethernet(0x86dd, ipv6(6, tcp(probe_payload(), kV6Addresses))), "eth:ethertype:ipv6:tcp"},
      {"echo", ethernet(0x0800, ipv4(1, icmp(8, probe_payload()))), "eth:ethertype:ip:icmp"},
      {"echo reply", ethernet(0x0800, ipv4(1, icmp(0, probe_payload()))), "eth:ethertype:ip:icmp"},
      {"echo6", ethernet(0x86dd, ipv6(58, icmpv6(128, probe_payload()))), "eth:ethertype:ipv6:icmpv6"},
      {"echo6 reply", ethernet(0x86dd, ipv6(58, icmpv6(129, probe_payload()))), "eth:ethertype:ipv6:icmpv6"},
      {"after nat", ethernet(0x0800, ipv4(17, udp(7, probe_payload(), natted, 40001), natted)),
       "eth:ethertype:ip:udp"},
      {"back through nat", ethernet(0x0800, ipv4(17, udp(40001, probe_payload(), back, 7), back)),
       "eth:ethertype:ip:udp"},
  };
}

}  // namespace encapsulated

inline std::vector<EncapsulatedFrame> encapsulated_frames() {
  auto all = encapsulated::link_frames();
  for (auto more : {encapsulated::tunnel_frames(), encapsulated::payload_frames()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace hopcost
