// The control channel's serving side: JSON lines on stdin and stdout, as doc/control-protocol.md has them.
// Used by pktgen, analyzer and nsglue; the calling side is Child (base/child.h).
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"

namespace hopcost {

/// Version of the protocol; a client refuses any other.
inline constexpr int kControlProtocol = 2;

/// Answers one operation. Takes the request object, gives the "result" object.
using ControlHandler = std::function<Result<nlohmann::json>(const nlohmann::json& request)>;

/// Serves requests until end of file on `in_fd`, a stop signal, or the "quit" operation. Prints the hello
/// line first. A malformed line or an unknown operation is answered with an error, and serving goes on.
/// Handlers run one at a time on the calling thread. `stop`, if not null, becomes true when the current
/// request is to be cut short, because a "stop" line or the end of file came after it. Only this function
/// writes `stop`; a handler that takes long reads it. "session" is answered here: it returns the nonce, and
/// from then on the channel counts as ended when nothing has come for `lease_s` seconds. Errors: only when
/// the channel itself fails.
[[nodiscard]] Result<void> serve_control(const std::string& program,
                                         const std::map<std::string, ControlHandler>& handlers,
                                         std::atomic<bool>* stop = nullptr, int in_fd = 0, int out_fd = 1);

// The parts of serve_control(), for another channel (base/control_socket.h).

/// Most bytes in a line of a socket's client; a longer line ends that client's channel. (A parent's line may
/// be longer.)
inline constexpr std::size_t kLongestControlLine = 1 << 20;
/// The line that a server sends first: its program, the protocol's version, its version and process id.
[[nodiscard]] nlohmann::json control_hello(const std::string& program);
/// The answer to one line of a request. Any line is answered: a malformed one, or an operation without a
/// handler, with an error. "stop" and "quit" are serve_control()'s own.
[[nodiscard]] nlohmann::json control_answer(const std::string& line,
                                            const std::map<std::string, ControlHandler>& handlers);
/// An object as one line of the channel, with the line break.
[[nodiscard]] std::string control_line(const nlohmann::json& object);

/// A text member of a request. Errors: kUsage naming the member and what was expected.
[[nodiscard]] Result<std::string> get_string(const nlohmann::json& object, const char* key);
/// A member that is a whole number, 0 or above. Errors: as above.
[[nodiscard]] Result<std::uint64_t> get_uint(const nlohmann::json& object, const char* key);
/// The same, with `otherwise` where the member is absent or of another type.
[[nodiscard]] std::string get_string_or(const nlohmann::json& object, const char* key, std::string otherwise);
/// As get_string_or(), for a whole number.
[[nodiscard]] std::uint64_t get_uint_or(const nlohmann::json& object, const char* key,
                                        std::uint64_t otherwise);
/// As get_string_or(), for any number.
[[nodiscard]] double get_number_or(const nlohmann::json& object, const char* key, double otherwise);
/// As get_string_or(), for true or false.
[[nodiscard]] bool get_bool_or(const nlohmann::json& object, const char* key, bool otherwise);

/// The "error" object of a failed response.
[[nodiscard]] nlohmann::json error_to_json(const Error& e);
/// The reverse of error_to_json(). Without a "what" it is an unnamed error; without an "exit", kFailure.
[[nodiscard]] Error error_from_json(const nlohmann::json& j);

}  // namespace hopcost
