// One filter expression, for captures of every link type that is read here. Set-up allocates, matching does
// not.
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
  /// Errors: as libpcap::Filter::compile, when no link type takes the expression.
  [[nodiscard]] static Result<LinkFilter> compile(const std::string& expression);

  /// Whether the packet, as it was captured, passes; nothing where its link type does not take the
  /// expression.
  [[nodiscard]] std::optional<bool> matches(const PcapPacket& packet) const noexcept;
  /// Why a link type does not.
  [[nodiscard]] Error why_not(std::uint16_t link_type) const;

 private:
  explicit LinkFilter(std::string expression) : expression_(std::move(expression)) {}
  std::string expression_;
  std::vector<std::pair<std::uint16_t, libpcap::Filter>> by_link_type_;
};

}  // namespace hopcost
