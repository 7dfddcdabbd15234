// The control channel's operations: find, prepare, check, run, close (doc/control-protocol.md). One control
// thread. Includes base.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "hopload/machine/cgroup.h"
#include "hopload/machine/look.h"
#include "hopload/side.h"

namespace hopcost::hopload {

class Service {
 public:
  /// The operation "find": whether a tool is there.
  [[nodiscard]] static Result<nlohmann::json> find(const nlohmann::json& request);
  /// The operation "prepare": makes one side of a load. An earlier side of the same name is closed first.
  [[nodiscard]] Result<nlohmann::json> prepare(const nlohmann::json& request);
  /// The operation "check": whether a server still serves.
  [[nodiscard]] Result<nlohmann::json> check(const nlohmann::json& request);
  /// The operation "run": one quantum of a client, or of several at once.
  [[nodiscard]] Result<nlohmann::json> run(const nlohmann::json& request);
  /// The operation "close". Closing what is already gone is a success.
  [[nodiscard]] Result<nlohmann::json> close(const nlohmann::json& request);

 private:
  struct Prepared {
    std::string name;
    std::unique_ptr<Side> side;
    std::string netns, device;  ///< The device whose packets are counted, and its namespace.
  };
  /// Puts this process into a cgroup of its own, at the first call. Gives {"cgroup": folder}, or
  /// {"not_counted": why}.
  [[nodiscard]] nlohmann::json be_counted();
  [[nodiscard]] Result<Prepared*> named(const std::string& name);
  [[nodiscard]] static Result<nlohmann::json> run_together(const std::vector<Prepared*>& loads,
                                                           std::chrono::nanoseconds length);
  [[nodiscard]] Result<nlohmann::json> run_watched(const std::vector<Prepared*>& loads,
                                                   std::chrono::nanoseconds length);
  std::optional<Result<Cgroup>> cgroup_;  // outlives the programs that sides start
  std::map<std::string, Prepared> sides_;
  std::optional<Machine> machine_;
};

/// Runs the channel on stdin and stdout until it ends.
[[nodiscard]] Result<void> run_control();

}  // namespace hopcost::hopload
