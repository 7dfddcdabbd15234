// What throughput searches found, and what several of them say together. Pure. Includes repeated.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// What a throughput search found at a size: other tests start from it.
struct Found {
  double fps = 0;  ///< The first goal's relevant lower bound, of several searches the middle one; 0 without.
  std::optional<double> upper_fps = {};  ///< The upper one of that search.
  std::string ended_early = {};  ///< Why the search has no more than its last bounds; empty: it ended.
  double mean_fps = 0;           ///< Of the searches' lower bounds.
  double scatter_fps = 0;        ///< Half of the 95 % interval of that mean; 0 of one search.
  nlohmann::json searches = {};  ///< Their lower bounds, as repeated() has it.
  nlohmann::json mlr = {};
  std::string irregular = {};             ///< Of the first goal.
  std::vector<std::string> remarks = {};  ///< Of all trials together, and of searches that are irregular.
  nlohmann::json lost_at = {};            ///< Of the trials above the bound together.
};

/// The search whose bound is in the middle (of an even number the lower one of the two), with the scatter of
/// all: a machine that is now and then busy makes searches differ by more than their width. A search that
/// ended early counts only where all did. `searches`: one at least.
[[nodiscard]] Found middle_of(std::vector<Found> searches);

/// [from, to] in frames a second: it holds the middle search's bounds and their mean, and reaches beyond them
/// by the scatter, within 0 and the highest load. Null without both bounds.
[[nodiscard]] nlohmann::json interval_of(const Found& found, double highest_fps);

}  // namespace hopcost::campaign
