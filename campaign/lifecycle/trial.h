// One trial of a life-cycle: so many containers of a mode are ordered, carry a packet each, and go again.
// Owned by one thread. Includes base, nsglue.
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
  kOneByOne,  ///< The next when the one before has got its first packet.
  kAtOnce,    ///< All at the same moment, each by a thread of its own.
};
/// "one by one", "at once".
[[nodiscard]] const char* text(Manner manner) noexcept;

/// What is tried.
struct Cell {
  std::string mode;
  nsglue::Topology topology;          ///< With containers() or more.
  std::optional<Engine> engine = {};  ///< In place of the topology: who is ordered to make them.
  std::uint32_t containers = 1;
  Manner manner = Manner::kOneByOne;
};

/// Times of one trial, ms. Steps are means over the containers, so with one at a time they add up to `each`.
struct Trial {
  double all = 0;   ///< From the first order to the last container's first packet.
  double each = 0;  ///< From a container's own order to its first packet, mean over the containers.
  std::map<std::string, double> steps;
  double removal_all = 0;  ///< Of all containers, until the kernel has taken down their namespaces.
  std::map<std::string, double> removal_steps;
};

/// The steps in their order, "first packet" the last of a build's and "dismantling" of a removal's.
inline constexpr const char* kBuildSteps[] = {
    "namespaces", "links", "settings", "up", "addresses", "routes", "neighbours", "rules", "first packet"};
inline constexpr const char* kRemovalSteps[] = {"links", "namespaces", "dismantling"};
/// Those of a cell: an engine has its own.
[[nodiscard]] std::span<const char* const> build_steps(const Cell& cell) noexcept;
/// The same of its removal.
[[nodiscard]] std::span<const char* const> removal_steps(const Cell& cell) noexcept;

/// Builds what the containers share, which is not timed, then them; removes them; leaves nothing. Of an
/// engine its containers are all there is to build. Errors: nsglue's, the engine's; kFailure when a container
/// gets no packet.
[[nodiscard]] Result<Trial> try_cell(const Cell& cell, const std::string& instance);

}  // namespace hopcost::campaign
