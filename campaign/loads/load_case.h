// The loads that a run is asked for: files of loads/ with parameters. Each combination of the parameters'
// values is a case. Pure, except that it reads files. Includes base.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// A parameter that every load has: how many containers work at once.
inline constexpr const char* kContainers = "containers";

/// Kinds of loads that pktgen sends, so that no program works in the container: the highest rate without a
/// drop, and single packets in trains.
inline constexpr const char *kCapacity = "capacity", *kPackets = "packets";

/// Distance between the ports of containers that share an address (nsglue/topology/containers.h).
inline constexpr unsigned kPortsApart = 16;

/// A load's name or file, and the parameters that replace those of the file.
struct LoadAsk {
  std::string use;
  std::map<std::string, std::vector<std::string>> parameters;
};

/// Parses "rr:protocol=udp,size=1/1+100/200"; '+' separates the values of a parameter. Errors: kUsage.
[[nodiscard]] Result<LoadAsk> parse_load_ask(const std::string& text);

/// One load with one value for each of its parameters.
struct LoadCase {
  std::string load;  ///< The load's name, from its file.
  /// The parameters that vary or were asked for: "protocol=udp size=1/1"; may be empty.
  std::string label;
  std::string summary;  ///< From the file.
  std::string kind;     ///< "rr", "coap", "tool", kCapacity or kPackets.
  std::map<std::string, std::string> parameters;
  double quantum_s = 0.5;  ///< Length of a quantum; for capacity of one trial; for packets how long a lane
                           ///< sends in a build.
  bool whole_seconds = false;  ///< The quanta must take whole seconds.
  std::string no_ipv6;         ///< Why it is not measured over IPv6; empty: it is.
  std::string install;         ///< How its programs are installed; may be empty.
  std::uint16_t port = 0;
  std::uint32_t containers = 1;  ///< How many work at once, each with its own client and server.
  /// The client is in the container, where packets of other loads end; the server is at the tester's end.
  bool from_container = false;
  /// Members of `prepare` (doc/control-protocol.md), without load, side, netns, device, address, port,
  /// data_port, counted and cpu. The server's are null when the client needs no server.
  nlohmann::json client, server;
  std::vector<std::string> programs;  ///< Programs that must be installed.
  [[nodiscard]] std::string name() const { return label.empty() ? load : load + " " + label; }
};

/// Reads the load's file (doc/loads.md has its keys) and makes its cases. `folder`: where names are looked
/// for. Errors: kMissing, with the names there are; kUsage ("FILE:LINE:COLUMN: ..." for one in the file).
[[nodiscard]] Result<std::vector<LoadCase>> read_cases(const LoadAsk& ask,
                                                       const std::filesystem::path& folder);

}  // namespace hopcost::campaign
