// Profiles from text, and the frames they make.
#pragma once

#include <array>
#include <string>

#include "base/toml_file.h"
#include "pktgen/source/profile/load.h"
#include "pktgen/source/profile/read_short.h"
#include "pktgen/source/profile/read_toml.h"
#include "pktgen/source/profile/source.h"
#include "tests/wire/tshark.h"

namespace hopcost::pktgen {

/// Fields of all widths at all offsets, a checksum within another.
inline constexpr const char* kWild =
    "eth(dst=02:00:00:00:00:00..02:00:00:00:00:09,src=~02:00:00:00:01:00..02:00:00:00:02:ff)/"
    "qinq(id=1..9,pcp=0..7)/"
    "vlan(id=~1..4094)/ipv4(dscp=0..63,ecn=0..3,src=~198.18.0.0..198.19.255.255,ttl=64..1,id=0..65535)/"
    "udp(checksum=right,src_port=~1..65535)/vxlan(vni=~0..16777215)/"
    "eth(src=~02:00:00:00:00:00..02:ff:ff:ff:ff:ff)/"
    "ipv6(flow_label=~0..1048575,traffic_class=0..255,src=~2001:2::..2001:2::ffff:ffff:ffff:ffff,dst=2001:2::"
    "1|2001:2:1::2)/"
    "tcp(seq=~0..4294967295,flags=S|SA|A,window=1..65535+7,urgent=0..9) size=~160..400 fill=165";

inline ProfileContext context() {
  return {.dst_mac = *parse_mac("02:00:00:00:00:02"),
          .src_mac = *parse_mac("02:00:00:00:00:01"),
          .mtu = 1500,
          .seed = 7};
}

inline Result<Profile> from_toml(const std::string& text) {
  auto file = TomlFile::parse(text, "p.toml");
  if (!file) return forward(file);
  return read_profile(*file, "p");
}

inline Result<ProfileSource> source_of(const std::string& text) {
  auto profile = text.find('\n') == std::string::npos ? load_profile(text) : from_toml(text);
  if (!profile) return forward(profile);
  return ProfileSource::make(*profile, context());
}

/// The next frames; the i-th is stamped with the time 1e18 + i.
inline Frames frames_of(ProfileSource& source, std::size_t count) {
  Frames frames;
  std::vector<std::byte> buffer(65536, std::byte{0xee});
  const std::array<std::byte*, 1> frame{buffer.data()};
  for (std::size_t i = 0; i < count; ++i) {
    source.prepare(frame);
    source.stamp(frame, 1'000'000'000'000'000'000 + i);
    frames.emplace_back(buffer.begin(), buffer.begin() + source.lengths()[0]);
  }
  return frames;
}

}  // namespace hopcost::pktgen
