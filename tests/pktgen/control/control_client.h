// A client of a program's control socket. Header only.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "base/fd.h"

namespace hopcost::pktgen {

using nlohmann::json;
using namespace std::chrono_literals;

/// A path of this process, gone with this.
struct SocketPath {
  std::string path;
  explicit SocketPath(const char* name)
      : path(std::filesystem::temp_directory_path() / (std::string(name) + std::to_string(getpid()))) {}
  ~SocketPath() { std::filesystem::remove(path); }
};

/// Connects once the program listens, 10 s at most.
inline Fd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(10ms)) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  }
  return {};
}

inline std::string read_all(const Fd& fd) {
  std::string text;
  char chunk[4096];
  for (ssize_t n; (n = ::read(fd.get(), chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(n));
  return text;
}

/// One client of a control socket.
class Client {
 public:
  explicit Client(const std::string& path)
      : fd_(connect_to(path)), hello_(json::parse(line(), nullptr, false)) {}
  [[nodiscard]] const json& hello() const { return hello_; }
  json ask_line(const std::string& request) {
    (void)!::write(fd_.get(), (request + "\n").data(), request.size() + 1);
    return json::parse(line(), nullptr, false);
  }
  json ask(const json& request) { return ask_line(request.dump()); }
  json result(const json& request) {
    const json answer = ask(request);
    EXPECT_EQ(answer.value("ok", false), true) << answer;
    return answer.value("result", json());
  }

 private:
  std::string line() {
    char chunk[4096];
    std::size_t end;
    while ((end = buffer_.find('\n')) == std::string::npos) {
      const ssize_t n = ::read(fd_.get(), chunk, sizeof chunk);
      if (n <= 0) return "";
      buffer_.append(chunk, static_cast<std::size_t>(n));
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }
  Fd fd_;
  std::string buffer_;
  json hello_;
};

inline void await_sent(Client& c, std::uint64_t packets) {
  for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(10ms))
    if (c.result({{"op", "counters"}})["sent"].get<std::uint64_t>() >= packets) return;
  ADD_FAILURE() << "it does not send";
}

}  // namespace hopcost::pktgen
