#include "nsglue/kernel/json_rpc.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

constexpr timeval kAnswerPatience{.tv_sec = 10, .tv_usec = 0};
constexpr std::size_t kMostAnswer = 16 << 20;

}  // namespace

std::string fault_words(const json& fault) {
  if (fault.is_string()) return fault.get<std::string>();
  if (!fault.is_object()) return fault.dump();
  const std::string error = fault.value("error", json()).is_string() ? fault["error"] : json(fault.dump());
  return fault.value("details", json()).is_string() ? error + ": " + std::string(fault["details"]) : error;
}

std::size_t object_end(std::string_view text) noexcept {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      ++depth;
    } else if (!quoted && (c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

Result<JsonRpc> JsonRpc::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return error(Exit::kUsage, fmt::format("{} is too long for a socket", path));
  path.copy(address.sun_path, path.size());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return errno_error(errno, "open a unix socket");
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    (void)setsockopt(socket.get(), SOL_SOCKET, option, &kAnswerPatience, sizeof kAnswerPatience);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return errno_error(errno, fmt::format("connect to {}", path));
  return JsonRpc(std::move(socket));
}

Result<void> JsonRpc::send(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::send(socket_.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return errno_error(errno, "send a request");
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Result<json> JsonRpc::receive(const std::string& method) {
  for (;;) {
    if (const std::size_t end = object_end(buffer_); end != std::string_view::npos) {
      json message =
          json::parse(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      buffer_.erase(0, end);
      return message;
    }
    std::array<char, 16384> chunk;
    const ssize_t n = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN)
      return error(Exit::kFailure, fmt::format("no answer to {} within 10 s", method));
    if (n <= 0 || buffer_.size() > kMostAnswer)
      return error(Exit::kFailure, fmt::format("it went without an answer to {}", method));
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

Result<json> JsonRpc::call(const std::string& method, json params) {
  const int id = next_id_++;
  const json request = {{"method", method}, {"params", std::move(params)}, {"id", id}};
  if (auto sent = send(request.dump()); !sent) return forward(sent);
  for (;;) {
    auto answer = receive(method);
    if (!answer) return answer;
    if (!answer->is_object() || answer->value("id", json()) != json(id)) continue;  // its "echo"
    if (answer->contains("error") && !(*answer)["error"].is_null())
      return error(Exit::kFailure, fmt::format("{}: {}", method, fault_words((*answer)["error"])));
    return answer->value("result", json());
  }
}

}  // namespace hopcost::nsglue
