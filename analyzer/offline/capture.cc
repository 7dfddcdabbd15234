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

void Capture::meet_interfaces() {
  for (auto number = static_cast<std::uint32_t>(interfaces_.size()); number < reader_.interface_count();
       ++number) {
    Interface met{.name = reader_.interface_name(number), .link_type = reader_.link_type_of(number)};
    const auto at = std::ranges::find_if(wanted_, [&](const Wanted& w) {
      return w.interface.empty() || w.interface == met.name || w.interface == std::to_string(number);
    });
    if (at != wanted_.end()) met.tap = at->tap;
    interfaces_.push_back(std::move(met));
  }
}

bool Capture::next() noexcept {
  for (;;) {
    const PcapReader::Next next = reader_.next(packet_);
    if (interfaces_.size() < reader_.interface_count()) meet_interfaces();
    if (next == PcapReader::Next::kError) fault_ = describe(reader_.error());
    if (next != PcapReader::Next::kPacket) return false;
    Interface& i = interfaces_[packet_.interface];
    ++i.packets;
    if (i.tap == kNoTap) continue;
    if (!packet_.timed) {
      ++i.timeless;
      continue;
    }
    if (const auto frame = frames_.of(packet_)) {
      frame_ = *frame;
      return true;
    }
    ++i.unread;
  }
}

void Capture::judge(bool told_apart) noexcept {
  Interface& i = interfaces_[packet_.interface];
  i.used += told_apart;
  if (packet_.bytes.size() == packet_.wire_bytes) return;
  ++i.cut;
  i.lost_to_cut += !told_apart;
  i.most_of_cut = std::max(i.most_of_cut, packet_.bytes.size());
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

bool Capture::rewind() noexcept {
  interfaces_.clear();
  fault_.clear();
  return reader_.rewind();
}

}  // namespace hopcost::analyzer
