// Which container each packet of a slot goes to, where modes have many. Pure. Includes base, design.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// One order for all lanes of a slot, host's too, whose one end takes them all: so each packet is compared
/// with host's at the same place of a train, and host's show what the parting itself makes of the figures.
class Dealing {
 public:
  /// Longer orders begin anew: a prime, so that the places of trains go through all of it.
  static constexpr std::size_t kLongest = 1021;

  /// Of a load with many containers: an order for a lane's so many packets.
  [[nodiscard]] static Dealing draw(const Load& load, std::uint64_t packets, Random& random);

  /// Each packet's container, in turn; after the last it begins anew.
  [[nodiscard]] const std::vector<std::size_t>& order() const noexcept { return order_; }
  /// Which one the packet of that number goes to, counted from 0.
  [[nodiscard]] std::size_t container(std::uint64_t packet) const noexcept {
    return order_[packet % order_.size()];
  }
  /// Costs are of such packets: all, but for the background of one that is aimed at.
  [[nodiscard]] bool measured(std::uint64_t packet) const noexcept {
    return deal_ != Deal::kAimed || container(packet) == aim_;
  }
  [[nodiscard]] Deal deal() const noexcept { return deal_; }
  [[nodiscard]] std::size_t containers() const noexcept { return containers_; }

 private:
  Dealing(Deal deal, std::size_t containers) : deal_(deal), containers_(containers) {}
  Deal deal_;
  std::size_t containers_, aim_ = 0;
  std::vector<std::size_t> order_;
};

}  // namespace hopcost::campaign
