// One trial of a life-cycle: containers of a mode are ordered, carry a packet each, and are removed. Owned by
// one thread. Includes base, nsglue.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/lifecycle/engine.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

/// How containers are ordered.
enum class Manner {
  kOneByOne,  ///< Each when the one before has received its first packet.
  kAtOnce,    ///< All at the same moment, each by a thread of its own.
};
/// "one by one" or "at once".
[[nodiscard]] const char* text(Manner manner) noexcept;

/// One combination that is tried.
struct Cell {
  std::string mode;
  nsglue::Topology topology;          ///< With at least `containers` containers.
  std::optional<Engine> engine = {};  ///< In place of the topology: the engine that makes them.
  std::uint32_t containers = 1;
  Manner manner = Manner::kOneByOne;
};

/// Times of one trial, ms. Steps are means over the containers; they add up to `each`, except for the
/// program's own time.
struct Trial {
  double all = 0;   ///< From the first order to the last container's first packet.
  double each = 0;  ///< From a container's order to its first packet, mean over the containers.
  std::map<std::string, double> steps;
  double removal_all = 0;  ///< Removal of all containers, until the kernel has taken down their namespaces.
  std::map<std::string, double> removal_steps;
};

/// The steps of building and of removing, in their order. They end with "first packet" and "dismantling".
inline constexpr const char* kBuildSteps[] = {
    "namespaces", "links", "settings", "up", "addresses", "routes", "neighbours", "rules", "first packet"};
inline constexpr const char* kRemovalSteps[] = {"links", "namespaces", "dismantling"};
/// The steps of building in this cell: an engine has its own.
[[nodiscard]] std::span<const char* const> build_steps(const Cell& cell) noexcept;
/// The steps of removing in this cell.
[[nodiscard]] std::span<const char* const> removal_steps(const Cell& cell) noexcept;

/// Builds what the containers share, which is not timed, then the containers, and removes everything. An
/// engine's containers share nothing that is built here. Errors: nsglue's, the engine's; kFailure when a
/// container receives no packet.
[[nodiscard]] Result<Trial> try_cell(const Cell& cell, const std::string& instance);

}  // namespace hopcost::campaign
