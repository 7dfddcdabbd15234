// A BPF program that delays or drops packets at a named point, so that the tool can be asked to find what was
// planted. One owner thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/path.h"

namespace hopcost::campaign {

/// Where something can be planted: a device's hook, and the hop it falls into.
struct PlantSite {
  enum class Hook { kXdpGeneric, kTcIngress, kTcEgress };
  std::string netns, device;
  Hook hook = Hook::kTcIngress;
  std::size_t hop = 0;  ///< index among a path's hops; 0 is from the transmit stamp to the first tap.
  [[nodiscard]] std::string text() const;
};

/// By the order in which the kernel does things (net/core/dev.c): generic XDP before the taps of a device, tc
/// ingress behind them, tc egress before those of the transmit side.
[[nodiscard]] std::vector<PlantSite> plant_sites(const Path& path);

class Plant {
 public:
  /// Puts the program there, doing nothing yet. `flow_at`: where the flow id of a frame's probe begins, 255
  /// at most. Errors: kPrivilege, what the kernel says.
  [[nodiscard]] static Result<Plant> at(const PlantSite& site, std::uint32_t flow_at);
  Plant(Plant&&) noexcept;
  ~Plant();  ///< Takes it away.

  // From the next packet on.
  /// For packets of the flows with an odd id, or of those with an even one.
  void set_delay(bool odd, std::uint64_t ns) noexcept;
  void set_drop_every(std::uint64_t n) noexcept;

  /// Packets of one kind that nothing broke in on while they were held, and their delay together.
  struct Held {
    std::uint64_t packets = 0, ns = 0;
  };
  [[nodiscard]] Held held(bool odd) const noexcept;
  [[nodiscard]] std::uint64_t dropped() const noexcept;

 private:
  struct Program;
  explicit Plant(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace hopcost::campaign
