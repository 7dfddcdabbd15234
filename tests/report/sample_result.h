// A made-up but plausible result folder for the report's tests and for looking at the page.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hopcost::campaign {

struct Sample {
  std::vector<std::string> modes = {"host", "veth", "bridge", "macvlan"};
  int builds = 16;             ///< One of them void; no interval with fewer than 8.
  unsigned packets = 400'000;  ///< of each mode's histogram.
  int loads = 1;
  bool complete = true;
  bool fit = true;         ///< false: the kernel stamped the packets, so the hops have no figure.
  bool undecided = false;  ///< macvlan's cost is so small that the run can't tell.
  bool rootless = false;   ///< AF_PACKET taps: few hops, no CPU of a packet, no counters.
};

/// The result.json of a sample. Deterministic.
[[nodiscard]] nlohmann::json sample_result(const Sample& sample);

/// Writes result.json, environment.json and the .hlog files into an existing folder.
void write_sample(const std::filesystem::path& folder, const Sample& sample);
void write_sample(const std::filesystem::path& folder, const Sample& sample, const nlohmann::json& result);

}  // namespace hopcost::campaign
