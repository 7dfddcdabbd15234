// Profiles from text, and the frames they make.
#pragma once

#include <string>

#include "base/toml_file.h"
#include "pktgen/source/profile/load.h"
#include "pktgen/source/profile/read_short.h"
#include "pktgen/source/profile/read_toml.h"
#include "pktgen/source/profile/source.h"
#include "tests/wire/tshark.h"

namespace hopcost::pktgen {

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
  for (std::size_t i = 0; i < count; ++i) {
    const auto length = source.next(buffer.data(), 1'000'000'000'000'000'000 + i);
    frames.emplace_back(buffer.begin(), buffer.begin() + length);
  }
  return frames;
}

}  // namespace hopcost::pktgen
