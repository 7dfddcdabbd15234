// Serves the control protocol (doc/control-protocol.md) to the clients of a unix socket, or to the one at
// standard input and output, from a loop that does other work. No call waits. One owner thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/control.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

class ControlSocket {
 public:
  static constexpr std::size_t kMostClients = 16;  ///< More wait until one leaves.
  static constexpr const char* kStandardStreams = "-";

  /// Makes the socket file with mode 0600, in place of one that nobody serves any more. "-"
  /// (kStandardStreams) serves standard input and output; their end of file is a quit. Errors: listen_at()'s.
  [[nodiscard]] static Result<ControlSocket> open(const std::string& path, std::string program);
  ControlSocket(ControlSocket&&) noexcept = default;
  ControlSocket& operator=(ControlSocket&&) = delete;
  /// Removes its socket file.
  ~ControlSocket();

  /// Reads requests that have come, answers them, and sends as much as the clients take. Handlers run on the
  /// calling thread. A client is cut off if it sends a line above kLongestControlLine, or does not read its
  /// answers.
  void serve(const std::map<std::string, ControlHandler>& handlers);
  /// Whether a client has asked to quit; it has been answered.
  [[nodiscard]] bool quit() const noexcept { return quit_; }

 private:
  struct Client {
    Fd in, out;  // a socket is in `in` alone
    std::string received, answers;
  };
  ControlSocket(Fd listener, std::string path, std::string program)
      : listener_(std::move(listener)), path_(std::move(path)), program_(std::move(program)) {}
  void accept_all();
  [[nodiscard]] bool exchange(Client& c, const std::map<std::string, ControlHandler>& handlers);

  Fd listener_;
  std::string path_, program_;
  std::vector<Client> clients_;
  bool quit_ = false;
};

}  // namespace hopcost
