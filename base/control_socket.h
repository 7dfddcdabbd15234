// The control protocol (doc/control-protocol.md) for several clients of a unix socket, or for the one at
// standard input and output, served from a loop that does other work: nothing in here ever waits. One owner
// thread.
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

  /// Mode 0600. A socket file that nobody serves any more is replaced. "-" (kStandardStreams) serves standard
  /// input and output, whose end of file is a quit. Errors: listen_at()'s.
  [[nodiscard]] static Result<ControlSocket> open(const std::string& path, std::string program);
  ControlSocket(ControlSocket&&) noexcept = default;
  ControlSocket& operator=(ControlSocket&&) = delete;
  /// Removes its socket file.
  ~ControlSocket();

  /// Takes what came, answers it, and sends what goes. Handlers run on the calling thread. A client whose
  /// line is longer than a request may be, or who reads none of his answers, is cut off.
  void serve(const std::map<std::string, ControlHandler>& handlers);
  /// A client asked to quit, and was answered.
  [[nodiscard]] bool quit() const noexcept { return quit_; }

 private:
  struct Client {
    Fd in, out;  // one socket: `in` alone
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
