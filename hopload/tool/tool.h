// Loads by third-party programs: a server that keeps running and a client that is started for each quantum
// and prints its figures, or a command alone. The control thread owns both. Includes base.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hopload/side.h"
#include "hopload/tool/figures.h"
#include "hopload/tool/process.h"

namespace hopcost::hopload {

/// Settings of either side.
struct ToolSpec {
  std::vector<std::string>
      command;  ///< With {address}, {host}, {port}, {data_port} and {seconds} not yet filled in.
  std::string netns, address;
  std::uint16_t port = 0;
  std::uint16_t data_port = 0;  ///< Free at both ends and no other container's; 0: none.
  std::optional<int> cpu;
};

/// Reads the request "prepare". Errors: kUsage; kMissing when there is no such program.
[[nodiscard]] Result<ToolSpec> read_tool_spec(const nlohmann::json& request);

/// The command filled in. {seconds} becomes "1" or "0.5"; {host} is the address as in URLs.
[[nodiscard]] std::vector<std::string> filled_in(const ToolSpec& spec, double seconds);

/// A program that runs as long as this object exists.
class ToolServer : public Side {
 public:
  /// Starts the server and waits until it listens at the port. Errors: kFailure with its last output.
  [[nodiscard]] static Result<std::unique_ptr<Side>> open(const ToolSpec& spec);

  [[nodiscard]] nlohmann::json describe() const override;
  [[nodiscard]] Result<nlohmann::json> run(std::chrono::nanoseconds length) override;
  [[nodiscard]] Result<void> check() override;

 private:
  explicit ToolServer(Process process) : process_(std::move(process)) {}
  Process process_;
};

/// A program that runs once per quantum.
class ToolClient : public Side {
 public:
  /// Does not start the program yet.
  ToolClient(ToolSpec spec, std::vector<ToolFigure> figures)
      : spec_(std::move(spec)), figures_(std::move(figures)) {}

  [[nodiscard]] nlohmann::json describe() const override;
  [[nodiscard]] Result<nlohmann::json> run(std::chrono::nanoseconds length) override;
  [[nodiscard]] Result<void> check() override;

 private:
  ToolSpec spec_;
  std::vector<ToolFigure> figures_;
};

}  // namespace hopcost::hopload
