// Chooses the container for each packet of a slot, where modes have many. Pure. Includes base, design.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// The order in which a slot's packets go to containers. All lanes share it, host's too, though host has only
/// one end. So each packet is compared with host's packet at the same place of a train, and host's figures
/// show what the mere sorting by container does to figures.
class Dealing {
 public:
  /// The order's greatest length; a slot with more packets repeats it. It is a prime, so that each place of a
  /// train gets every entry of the order in turn.
  static constexpr std::size_t kLongest = 1021;

  /// Draws an order for a load with many containers, of which each lane sends `packets` packets.
  [[nodiscard]] static Dealing draw(const Load& load, std::uint64_t packets, Random& random);

  /// The container of each packet in turn; after the last entry the order starts again.
  [[nodiscard]] const std::vector<std::size_t>& order() const noexcept { return order_; }
  /// The container of packet number `packet`, counted from 0.
  [[nodiscard]] std::size_t container(std::uint64_t packet) const noexcept {
    return order_[packet % order_.size()];
  }
  /// Whether the packet counts for the cost. With kAimed those to the other containers are background and do
  /// not.
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
