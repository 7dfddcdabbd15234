// A BPF program that delays, drops, copies or swaps packets at a named point, so that the tool can be tested
// on finding what was planted. One owner thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/bench/path.h"

namespace hopcost::campaign {

/// A place where something can be planted: a device's hook, and the hop in which it takes effect.
struct PlantSite {
  /// Where on a packet's way through the kernel.
  enum class Hook { kXdpGeneric, kTcIngress, kTcEgress };
  std::string netns, device;
  Hook hook = Hook::kTcIngress;
  std::size_t hop = 0;  ///< Index among a path's hops; 0 is from the transmit stamp to the first tap.
  /// In words: "tc ingress of hc-bridge-dut/d0".
  [[nodiscard]] std::string text() const;
};

/// The places on a path, following the kernel's order (net/core/dev.c). On the receive side generic XDP comes
/// before a device's taps, tc ingress after them. On the transmit side the place is after the tap, which
/// stands before all other tc programs.
[[nodiscard]] std::vector<PlantSite> plant_sites(const Path& path);

class Plant {
 public:
  /// Attaches the program, which does nothing yet. `frame_bytes`: size of the frames that it looks at,
  /// without FCS. They must be UDP over IPv4 without options, with the probe at their end. Errors:
  /// kPrivilege, the kernel's.
  [[nodiscard]] static Result<Plant> at(const PlantSite& site, std::uint32_t frame_bytes);
  Plant(Plant&&) noexcept;
  ~Plant();  ///< Detaches the program.

  // These take effect from the next packet on.
  /// Delays packets of the flows with an odd id, or of those with an even one.
  void set_delay(bool odd, std::uint64_t ns) noexcept;
  /// Drops every n-th probe; 0: none.
  void set_drop_every(std::uint64_t n) noexcept;
  /// Sends every n-th probe twice; 0: none. Only at tc egress.
  void set_copy_every(std::uint64_t n) noexcept;
  /// Swaps the numbers of every n-th pair of neighbouring probes, so that they arrive in the wrong order; 0:
  /// none. Only at tc.
  void set_swap_every(std::uint64_t n) noexcept;

  /// How many packets were held without an interruption, and the sum of their delays.
  struct Held {
    std::uint64_t packets = 0, ns = 0;
  };
  /// For packets of the flows with an odd id, or of those with an even one, since the program was attached.
  [[nodiscard]] Held held(bool odd) const noexcept;
  // Since the program was attached.
  /// Probes that were dropped.
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  /// Probes that were sent twice.
  [[nodiscard]] std::uint64_t copied() const noexcept;
  /// Pairs whose numbers were swapped.
  [[nodiscard]] std::uint64_t swapped() const noexcept;

 private:
  struct Program;
  explicit Plant(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace hopcost::campaign
