#include "analyzer/offline/capture.h"

#include <algorithm>

#include "wire/find_probe.h"

namespace hopcost::analyzer {

Result<Capture> Capture::open(const std::string& path) {
  constexpr std::size_t kBuffer = std::size_t{1} << 20;
  auto reader = PcapReader::open(path, kBuffer);
  if (!reader) return forward(reader);
  return Capture(path, std::move(*reader));
}

unsigned Capture::tap_of(std::uint32_t interface) {
  while (taps_.size() <= interface) {
    const auto number = static_cast<std::uint32_t>(taps_.size());
    const std::string name = reader_.interface_name(number);
    const auto at = std::ranges::find_if(wanted_, [&](const Wanted& w) {
      return w.interface.empty() || w.interface == name || w.interface == std::to_string(number);
    });
    taps_.push_back(at == wanted_.end() ? kNoTap : at->tap);
  }
  return taps_[interface];
}

bool Capture::next() noexcept {
  for (;;) {
    switch (reader_.next(packet_)) {
      case PcapReader::Next::kEnd:
        return false;
      case PcapReader::Next::kError:
        fault_ = describe(reader_.error());
        return false;
      case PcapReader::Next::kPacket:
        break;
    }
    tap_ = packet_.interface < taps_.size() ? taps_[packet_.interface] : tap_of(packet_.interface);
    if (tap_ != kNoTap) return true;
  }
}

Frame Capture::frame() const noexcept {
  const bool ethernet = packet_.link_type == kLinkTypeEthernet;
  return {ethernet ? packet_.bytes : std::span<const std::byte>(), packet_.wire_bytes, packet_.ns,
          StampKind::kTap};
}

std::optional<std::uint64_t> Capture::key(Match match) const noexcept {
  const Frame f = frame();
  if (match == Match::kProbe) {
    const auto found = find_probe(f.bytes);
    if (!found) return std::nullopt;
    return std::uint64_t{found->probe.flow} << 48 | found->probe.sequence;
  }
  const auto id = identify_packet(f.bytes, f.wire_bytes, identity_of(match));
  return id ? std::optional(id->number) : std::nullopt;
}

}  // namespace hopcost::analyzer
