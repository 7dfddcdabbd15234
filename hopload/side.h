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

  /// What prepare answers (doc/control-protocol.md, "hopload").
  [[nodiscard]] virtual nlohmann::json describe() const = 0;
  /// Of a client: one quantum, and what came of it. Errors: what made the quantum void.
  [[nodiscard]] virtual Result<nlohmann::json> run(std::chrono::nanoseconds length) = 0;
  /// Of a server: errors when it no longer serves, with the reason.
  [[nodiscard]] virtual Result<void> check() = 0;
};

}  // namespace hopcost::hopload
