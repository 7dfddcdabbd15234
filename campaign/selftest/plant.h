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
  /// Puts the program there, doing nothing yet. Errors: kPrivilege, what the kernel says.
  [[nodiscard]] static Result<Plant> at(const PlantSite& site);
  Plant(Plant&&) noexcept;
  ~Plant();  ///< Takes it away.

  /// From the next packet on.
  void set_delay(std::uint64_t ns) noexcept;
  void set_drop_every(std::uint64_t n) noexcept;

  struct Counts {
    std::uint64_t packets = 0, dropped = 0;
    std::uint64_t spun = 0,
                  spun_ns = 0;  ///< packets that nothing broke in on while they were held, and their delay.
  };
  [[nodiscard]] Counts counts() const noexcept;

 private:
  struct Program;
  explicit Plant(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace hopcost::campaign
