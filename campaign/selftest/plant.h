// A BPF program that delays or drops packets at a named point, so that the tool can be asked to find what was
// planted. One owner thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/bench/path.h"

namespace hopcost::campaign {

/// Where something can be planted: a device's hook, and the hop it falls into.
struct PlantSite {
  /// Where in the kernel's way of a packet.
  enum class Hook { kXdpGeneric, kTcIngress, kTcEgress };
  std::string netns, device;
  Hook hook = Hook::kTcIngress;
  std::size_t hop = 0;  ///< index among a path's hops; 0 is from the transmit stamp to the first tap.
  /// "tc ingress of hc-bridge-dut/d0".
  [[nodiscard]] std::string text() const;
};

/// By the order in which the kernel does things (net/core/dev.c): generic XDP before the taps of a device, tc
/// ingress behind them; on the transmit side behind the tap, which stands before all other tc programs.
[[nodiscard]] std::vector<PlantSite> plant_sites(const Path& path);

class Plant {
 public:
  /// Puts the program there, doing nothing yet. `frame_bytes`: of the frames it looks at, without FCS, whose
  /// probes end them; UDP over IPv4 without options. Errors: kPrivilege, what the kernel says.
  [[nodiscard]] static Result<Plant> at(const PlantSite& site, std::uint32_t frame_bytes);
  Plant(Plant&&) noexcept;
  ~Plant();  ///< Takes it away.

  // From the next packet on.
  /// For packets of the flows with an odd id, or of those with an even one.
  void set_delay(bool odd, std::uint64_t ns) noexcept;
  /// Drops each n-th probe; 0: none.
  void set_drop_every(std::uint64_t n) noexcept;
  /// Each n-th probe leaves twice; at tc egress alone.
  void set_copy_every(std::uint64_t n) noexcept;
  /// Each n-th pair of neighbouring probes trade their numbers, so that they come in the wrong order; at tc
  /// alone.
  void set_swap_every(std::uint64_t n) noexcept;

  /// Packets of one kind that were held without an interruption, and their delay together.
  struct Held {
    std::uint64_t packets = 0, ns = 0;
  };
  /// Of packets of the flows with an odd id, or an even one, since it was put there.
  [[nodiscard]] Held held(bool odd) const noexcept;
  // Since it was put there.
  /// Probes that were dropped.
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  /// Probes that left twice.
  [[nodiscard]] std::uint64_t copied() const noexcept;
  /// Pairs that traded their numbers.
  [[nodiscard]] std::uint64_t swapped() const noexcept;

 private:
  struct Program;
  explicit Plant(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace hopcost::campaign
