#include "nsglue/kernel/json_rpc.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

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

Result<JsonRpc> JsonRpc::connect(const std::string& path, std::chrono::milliseconds patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return error(Exit::kUsage, fmt::format("{} is too long for a socket", path));
  path.copy(address.sun_path, path.size());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno_error(errno, "open a unix socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return errno_error(errno, fmt::format("connect to {}", path));
  return JsonRpc(std::move(socket), patience);
}

Result<void> JsonRpc::wait(short events, Deadline deadline, const std::string& method) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{socket_.get(), events, 0};
    const int n = left.count() <= 0 ? 0 : ::poll(&ready, 1, static_cast<int>(left.count()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(errno, "wait for an answer");
    if (n > 0) return {};
    return error(Exit::kFailure, fmt::format("no answer to {} within {} ms", method, patience_.count()));
  }
}

Result<void> JsonRpc::send(const std::string& text, Deadline deadline, const std::string& method) {
  for (std::size_t done = 0; done < text.size();) {
    if (auto ready = wait(POLLOUT, deadline, method); !ready) return ready;
    const ssize_t n = ::send(socket_.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return errno_error(errno, "send a request");
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Result<json> JsonRpc::receive(Deadline deadline, const std::string& method) {
  for (;;) {
    if (const std::size_t end = object_end(buffer_); end != std::string_view::npos) {
      json message =
          json::parse(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      buffer_.erase(0, end);
      return message;
    }
    if (auto ready = wait(POLLIN, deadline, method); !ready) return forward(ready);
    std::array<char, 16384> chunk;
    const ssize_t n = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0 || buffer_.size() > kMostAnswer)
      return error(Exit::kFailure, fmt::format("it went without an answer to {}", method));
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

Result<json> JsonRpc::call(const std::string& method, json params) {
  const int id = next_id_++;
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  const json request = {{"method", method}, {"params", std::move(params)}, {"id", id}};
  if (auto sent = send(request.dump(), deadline, method); !sent) return forward(sent);
  for (;;) {
    auto answer = receive(deadline, method);
    if (!answer) return answer;
    if (!answer->is_object() || answer->value("id", json()) != json(id)) continue;  // an "echo" request
    if (answer->contains("error") && !(*answer)["error"].is_null())
      return error(Exit::kFailure, fmt::format("{}: {}", method, fault_words((*answer)["error"])));
    return answer->value("result", json());
  }
}

}  // namespace hopcost::nsglue
