#include "analyzer/offline/capture.h"

#include <algorithm>

#include "wire/find_probe.h"

namespace hopcost::analyzer {

Result<Capture> Capture::open(const std::string& path, const std::string& expression) {
  constexpr std::size_t kBuffer = std::size_t{1} << 20;
  auto reader = PcapReader::open(path, kBuffer);
  if (!reader) return forward(reader);
  std::optional<LinkFilter> filter;
  if (!expression.empty()) {
    auto compiled = LinkFilter::compile(expression);
    if (!compiled) return forward(compiled);
    filter.emplace(std::move(*compiled));
  }
  return Capture(path, std::move(*reader), std::move(filter));
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

bool Capture::take() noexcept {
  Interface& i = interfaces_[packet_.interface];
  ++i.packets;
  if (i.tap == kNoTap) return false;
  const auto frame = frames_.of(packet_);
  if (!frame) {
    ++i.unread;
    return false;
  }
  if (filter_) {
    const auto picked = filter_->matches(packet_);
    if (!picked) filter_fault_ = filter_->why_not(packet_.link_type);
    i.filtered += !picked.value_or(true);
    if (!picked.value_or(false)) return false;
  }
  i.timeless += !packet_.timed;
  frame_ = *frame;
  return packet_.timed;
}

bool Capture::next() noexcept {
  while (!filter_fault_) {
    const PcapReader::Next next = reader_.next(packet_);
    if (interfaces_.size() < reader_.interface_count()) meet_interfaces();
    if (next == PcapReader::Next::kError) fault_ = describe(reader_.error());
    if (next != PcapReader::Next::kPacket) return false;
    if (take()) return true;
  }
  return false;
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
