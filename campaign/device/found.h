// What throughput searches found, and how several of them are combined. Pure. Includes repeated.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// What a throughput search found at a size. Other tests start from it.
struct Found {
  double fps = 0;  ///< The first goal's relevant lower bound; of several searches that of the middle one; 0
                   ///< without one.
  std::optional<double> upper_fps = {};  ///< The upper bound of that search.
  std::string ended_early = {};  ///< Why the search ended before its bounds were narrow enough; empty if it
                                 ///< did not.
  double mean_fps = 0;           ///< Mean of the searches' lower bounds.
  double scatter_fps = 0;        ///< Half-width of that mean's 95 % interval; 0 for one search.
  nlohmann::json searches = {};  ///< The lower bounds, as repeated() gives them.
  nlohmann::json mlr = {};
  std::string irregular = {};             ///< Why the first goal's result is irregular; empty if it is not.
  std::vector<std::string> remarks = {};  ///< About all trials together, and about irregular searches.
  nlohmann::json lost_at = {};            ///< Where the frames of all trials were lost, summed up.
};

/// The search whose bound is in the middle (of an even number the lower of the two), with the scatter of all.
/// Searches on a machine that is busy now and then differ by more than their width. A search that ended early
/// counts only if all did. `searches`: at least one.
[[nodiscard]] Found middle_of(std::vector<Found> searches);

/// [from, to] in frames per second, within 0 and the highest load: from the lower of the middle search's
/// bound and the mean, to the higher of its upper bound and the mean, each widened by the scatter. Null
/// without both bounds.
[[nodiscard]] nlohmann::json interval_of(const Found& found, double highest_fps);

}  // namespace hopcost::campaign
