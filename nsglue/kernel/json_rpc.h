// JSON-RPC 1.0 over a unix stream socket, as Open vSwitch's database (RFC 7047) and its daemons' control
// sockets speak it. One thread at a time. Includes only base/.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::nsglue {

class JsonRpc {
 public:
  /// Errors: ENOENT or ECONNREFUSED where nobody listens.
  [[nodiscard]] static Result<JsonRpc> connect(const std::string& path);

  /// Gives the answer's "result". Errors: kFailure with the other side's own words; when it has gone, or has
  /// not answered within ten seconds.
  [[nodiscard]] Result<nlohmann::json> call(const std::string& method, nlohmann::json params);

 private:
  explicit JsonRpc(Fd socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<void> send(const std::string& text);
  [[nodiscard]] Result<nlohmann::json> receive(const std::string& method);

  Fd socket_;
  std::string buffer_;  // what came behind the last message
  int next_id_ = 0;
};

/// What an error says: a daemon's is a string, a database's an object with "error" and perhaps "details".
[[nodiscard]] std::string fault_words(const nlohmann::json& fault);

/// Where the JSON object that `text` begins with ends; npos when not all of it is there yet.
[[nodiscard]] std::size_t object_end(std::string_view text) noexcept;

}  // namespace hopcost::nsglue
