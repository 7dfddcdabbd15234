// JSON-RPC 1.0 over a unix stream socket, as Open vSwitch's database (RFC 7047) and its daemons' control
// sockets speak it. One thread at a time. Includes only base/.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::nsglue {

class JsonRpc {
 public:
  /// `patience`: how long a whole call may take. Errors: ENOENT or ECONNREFUSED where nobody listens.
  [[nodiscard]] static Result<JsonRpc> connect(const std::string& path,
                                               std::chrono::milliseconds patience = std::chrono::seconds(10));

  /// Gives the answer's "result". Errors: kFailure with the other side's own words; when it has gone, or has
  /// not answered in time, whatever else it sends.
  [[nodiscard]] Result<nlohmann::json> call(const std::string& method, nlohmann::json params);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  JsonRpc(Fd socket, std::chrono::milliseconds patience) : socket_(std::move(socket)), patience_(patience) {}
  [[nodiscard]] Result<void> wait(short events, Deadline deadline, const std::string& method);
  [[nodiscard]] Result<void> send(const std::string& text, Deadline deadline, const std::string& method);
  [[nodiscard]] Result<nlohmann::json> receive(Deadline deadline, const std::string& method);

  Fd socket_;  // never waits itself
  std::chrono::milliseconds patience_;
  std::string buffer_;  // what came behind the last message
  int next_id_ = 0;
};

/// What an error says: a daemon's is a string, a database's an object with "error" and perhaps "details".
[[nodiscard]] std::string fault_words(const nlohmann::json& fault);

/// Where the JSON object that `text` begins with ends; npos when not all of it is there yet.
[[nodiscard]] std::size_t object_end(std::string_view text) noexcept;

}  // namespace hopcost::nsglue
