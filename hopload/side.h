// One side of a load: the server where a mode's packets end, or the client where they begin. The control
// thread makes, runs and ends it. Includes base.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace hopcost::hopload {

class Side {
 public:
  Side() = default;
  Side(const Side&) = delete;
  /// Ends all it has running and closes its sockets.
  virtual ~Side() = default;

  /// The answer to "prepare" (doc/control-protocol.md, "hopload").
  [[nodiscard]] virtual nlohmann::json describe() const = 0;
  /// For clients: runs one quantum and gives its result. Errors: what made the quantum void.
  [[nodiscard]] virtual Result<nlohmann::json> run(std::chrono::nanoseconds length) = 0;
  /// For servers. Errors: why it no longer serves.
  [[nodiscard]] virtual Result<void> check() = 0;
};

}  // namespace hopcost::hopload
