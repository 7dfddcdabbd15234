// One filter expression, compiled for each link type that we read. Set-up allocates, matching does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wire/libpcap.h"
#include "wire/pcap_reader.h"

namespace hopcost {

class LinkFilter {
 public:
  /// Errors: as libpcap::Filter::compile, when the expression is possible on no link type.
  [[nodiscard]] static Result<LinkFilter> compile(const std::string& expression);

  /// Whether the packet, as captured, matches; nothing when the expression is not possible on its link type.
  [[nodiscard]] std::optional<bool> matches(const PcapPacket& packet) const noexcept;
  /// Why the expression is not possible on a link type.
  [[nodiscard]] Error why_not(std::uint16_t link_type) const;

 private:
  explicit LinkFilter(std::string expression) : expression_(std::move(expression)) {}
  std::string expression_;
  std::vector<std::pair<std::uint16_t, libpcap::Filter>> by_link_type_;
};

}  // namespace hopcost
