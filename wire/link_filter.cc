#include "wire/link_filter.h"

#include "wire/link_type.h"

namespace hopcost {

Result<LinkFilter> LinkFilter::compile(const std::string& expression) {
  LinkFilter filter(expression);
  std::optional<Error> why;
  for (const std::uint16_t link_type : read_link_types()) {
    auto compiled = libpcap::Filter::compile(expression, link_type);
    if (compiled) {
      filter.by_link_type_.emplace_back(link_type, std::move(*compiled));
    } else if (!why) {  // Ethernet's error, because Ethernet comes first
      why = compiled.error();
    }
  }
  if (filter.by_link_type_.empty()) return std::unexpected(std::move(*why));
  return filter;
}

std::optional<bool> LinkFilter::matches(const PcapPacket& packet) const noexcept {
  for (const auto& [link_type, filter] : by_link_type_)
    if (link_type == packet.link_type) return filter.matches(packet.bytes, packet.wire_bytes);
  return std::nullopt;
}

Error LinkFilter::why_not(std::uint16_t link_type) const {
  auto compiled = libpcap::Filter::compile(expression_, link_type);
  Error why;
  if (!compiled) why = compiled.error();
  why.what += ", for link type " + link_type_text(link_type);
  return why;
}

}  // namespace hopcost
