#include "analyzer/offline/capture.h"

#include <algorithm>

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

std::optional<Probe> Capture::probe() const noexcept {
  if (packet_.link_type != kLinkTypeEthernet) return std::nullopt;
  const auto found = find_probe(packet_.bytes);
  return found ? std::optional(found->probe) : std::nullopt;
}

}  // namespace hopcost::analyzer
