// What loads a run is asked for: files of loads/ with parameters, each combination of their values a case of
// its own. Pure but for reading files. Includes base.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// A parameter of every load: how many containers work at once.
inline constexpr const char* kContainers = "containers";

/// Ports of a container, where several share an address (nsglue/topology/containers.h).
inline constexpr unsigned kPortsApart = 16;

/// A load's name or file, and the parameters that are to be other than the file says.
struct LoadAsk {
  std::string use;
  std::map<std::string, std::vector<std::string>> parameters;
};

/// "rr:protocol=udp,size=1/1+100/200": values of a parameter are told apart by '+'. Errors: kUsage.
[[nodiscard]] Result<LoadAsk> parse_load_ask(const std::string& text);

/// One load with one value for each of its parameters.
struct LoadCase {
  std::string load;  ///< The file's name.
  std::string
      label;  ///< Those parameters that vary or were asked for: "protocol=udp size=1/1"; may be empty.
  std::string summary;  ///< Of the file.
  std::string kind;     ///< rr, coap, tool or capacity.
  std::map<std::string, std::string> parameters;
  double quantum_s = 0.5;      ///< Of capacity: one trial of it.
  bool whole_seconds = false;  ///< Its quanta have to be such.
  std::string no_ipv6;         ///< Why it is not measured over IPv6, or empty.
  std::uint16_t port = 0;
  std::uint32_t containers = 1;  ///< So many at once, each with a client and a server of its own.
  bool from_container =
      false;  ///< The client is where packets of other loads end, the server at the tester's end.
  /// Members of `prepare` (doc/control-protocol.md) but for load, side, netns, address, port and cpu. No
  /// server: the client needs none.
  nlohmann::json client, server;
  std::vector<std::string> programs;  ///< That have to be there.
  [[nodiscard]] std::string name() const { return label.empty() ? load : load + " " + label; }
};

/// Reads the load's file (doc/loads.md has its keys) and makes its cases. `folder`: where names are looked
/// for. Errors: kMissing naming what there is; kUsage ("FILE:LINE:COLUMN: ...").
[[nodiscard]] Result<std::vector<LoadCase>> read_cases(const LoadAsk& ask,
                                                       const std::filesystem::path& folder);

}  // namespace hopcost::campaign
