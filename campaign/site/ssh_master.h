// One connection to a host, shared by everything that is started there: OpenSSH's ControlMaster. It is a
// process of ours, so that it ends with us. One owner thread; needs POSIX and OpenSSH 8 or newer. Includes
// base/ and design/.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"
#include "campaign/site/private_folder.h"

namespace hopcost::campaign {

class SshMaster {
 public:
  /// Connects. Never asks for a password. Errors, with ssh's own message and what to do: kRefused for a host
  /// key other than the known one, kPrivilege when the host does not let us in, kMissing when it does not
  /// answer; kPartial (stop signal).
  [[nodiscard]] static Result<SshMaster> open(const SiteConfig& config);
  SshMaster(SshMaster&&) noexcept;
  SshMaster& operator=(SshMaster&&) = delete;
  /// Closes the connection, and with it everything that runs over it.
  ~SshMaster();

  /// The argument vector that runs the command line `remote` in the host's shell over the connection.
  [[nodiscard]] std::vector<std::string> command(const std::string& remote) const;
  /// Whether the connection stands. Ask before each start: without it ssh would quietly make another one.
  [[nodiscard]] bool stands() const;
  /// Runs `remote` with the local file `input` as its stdin, and gives what it and ssh print. Its exit status
  /// is ignored.
  [[nodiscard]] std::string output_of(const std::string& remote, const std::string& input) const;

 private:
  SshMaster(PrivateFolder folder, std::vector<std::string> words, std::string host)
      : folder_(std::move(folder)), words_(std::move(words)), host_(std::move(host)) {}
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> wait_until_it_stands();
  [[nodiscard]] Error failure() const;

  PrivateFolder folder_;  // holds the socket and ssh's messages
  std::vector<std::string> words_;
  std::string host_;
  pid_t pid_ = -1;
};

}  // namespace hopcost::campaign
