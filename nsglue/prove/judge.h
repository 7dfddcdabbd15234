// Judges what the devices saw of the probes on one container's path. Pure but for the caller's callback.
// One thread. Includes base/ and the floors below.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nsglue/check/quiet.h"
#include "nsglue/prove/watch.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Probes of each family that one container's path has to carry.
inline constexpr std::uint32_t kProbes = 3;

/// What each device saw, by its place among the devices of the whole topology.
using Seen = std::vector<std::vector<Sight>>;

/// What one container's probes showed.
class PathJudge {
 public:
  /// `whole` is what stands, `view` the same with one container alone (containers.h); the path's probes have
  /// the sequences from `base`. Faults are appended to `faults`. `unquiet` gives what is not quiet there.
  PathJudge(const Topology& whole, const Topology& view, const Seen& seen, std::uint32_t base,
            const std::function<const std::vector<Unquiet>&()>& unquiet, std::vector<std::string>& faults)
      : whole_(whole), view_(view), seen_(seen), base_(base), unquiet_(unquiet), faults_(faults) {}

  /// `family` is "IPv4" or "IPv6", `arrived` what the socket at the end got, `timed` whether every sight has
  /// a time of its own.
  void judge(const char* family, std::uint32_t arrived, bool timed);

 private:
  [[nodiscard]] const std::vector<Sight>& at(const DeviceRef& device) const;
  [[nodiscard]] std::size_t count(const Tap& tap, std::uint32_t probe) const;
  [[nodiscard]] std::int64_t time_at(const Tap& tap, std::uint32_t probe) const;
  [[nodiscard]] std::size_t first_lost() const;
  [[nodiscard]] std::string between(std::size_t tap) const;
  [[nodiscard]] std::string unquiet_at(std::size_t tap) const;
  void judge_counts(const char* family);
  void judge_order(const char* family);
  void judge_strangers(const char* family);

  const Topology& whole_;
  const Topology& view_;
  const Seen& seen_;
  std::uint32_t base_;
  const std::function<const std::vector<Unquiet>&()>& unquiet_;
  std::vector<std::string>& faults_;
};

}  // namespace hopcost::nsglue
