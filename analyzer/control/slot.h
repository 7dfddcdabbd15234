// The slot under way: its lanes, from expect to collect. One thread at a time; who shares it locks around it.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analyzer/control/slot_request.h"
#include "analyzer/watch/path.h"
#include "base/host_state.h"

namespace hopcost::analyzer {

/// Paths that are armed, by name. Their addresses stay as long as they do.
using Paths = std::map<std::string, Path>;

class Slot {
 public:
  /// Taps of all lanes of a slot together. Each holds up to 1 MiB at worst: histograms, and times of trains.
  static constexpr std::size_t kMostLaneTaps = 256;

  /// Ends the slot before it, throws away what the rings of these paths hold, and accounts the lanes from
  /// here on. All or nothing. Errors: kUsage, for a path that is not armed and for more taps than
  /// kMostLaneTaps.
  [[nodiscard]] Result<void> begin(Paths& paths, const ExpectRequest& request);
  /// Ends the slot without a result if it has a lane on the path: the path is about to change.
  void give_up_if_on(const Path& path) noexcept;

  /// What was sent on each lane, in the order in which end() is to answer. Errors: kUsage when the lanes are
  /// not those of begin(), or when there are more packets than trains are kept for.
  [[nodiscard]] Result<void> set_sent(const CollectRequest& request);

  void drain() noexcept;
  /// Which taps have seen all that was sent.
  struct Progress {
    bool all = true;   ///< Every tap of every lane has seen what was sent.
    bool last = true;  ///< Each lane's last tap has.
  };
  /// By what was drained so far.
  [[nodiscard]] Progress progress() const noexcept;
  /// Milliseconds after a packet passed by which drain() has it from every tap.
  [[nodiscard]] unsigned settle_ms() const noexcept;

  /// Closes the slot: {"lanes":[...],"host":{...}} of doc/control-protocol.md's "collect".
  [[nodiscard]] nlohmann::json end();

 private:
  void give_up() noexcept;
  struct Lane {
    LaneName name;
    Path* path = nullptr;
    std::size_t index = 0;  // among the path's lanes
    std::uint64_t sent = 0;
    [[nodiscard]] Correlator& correlator() const noexcept { return (*path->lanes())[index]; }
  };

  std::vector<Lane> lanes_;                            // none: no slot is under way
  std::map<Path*, std::vector<std::uint16_t>> flows_;  // of each path that takes part
  TrainShape train_;
  bool times_ = false;  // end() gives each packet's
  HostState before_{};
};

}  // namespace hopcost::analyzer
