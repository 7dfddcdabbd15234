// One connection to a host, which all that is started there shares: OpenSSH's ControlMaster. Our own process,
// so that it ends with us. One owner thread; POSIX and OpenSSH 8 or newer. Includes base/ and design/.
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
  /// Connects. Never asks for a password. Errors: with ssh's own words, and what to do: kRefused for a host
  /// key that is not the known one, kPrivilege when we are not let in, kMissing when there is nobody.
  [[nodiscard]] static Result<SshMaster> open(const SiteConfig& config);
  SshMaster(SshMaster&&) noexcept;
  SshMaster& operator=(SshMaster&&) = delete;
  /// Closes the connection, and with it whatever runs over it.
  ~SshMaster();

  /// The words that run a command line of the host's shell over the connection.
  [[nodiscard]] std::vector<std::string> command(const std::string& remote) const;
  /// Whether the connection stands. Without it ssh would quietly make another.
  [[nodiscard]] bool stands() const;
  /// What a command prints that reads the file `input`; its exit code counts for nothing.
  [[nodiscard]] std::string output_of(const std::string& remote, const std::string& input) const;

 private:
  SshMaster(PrivateFolder folder, std::vector<std::string> words, std::string host)
      : folder_(std::move(folder)), words_(std::move(words)), host_(std::move(host)) {}
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> wait_until_it_stands();
  [[nodiscard]] Error failure() const;

  PrivateFolder folder_;  // the socket, and what ssh says
  std::vector<std::string> words_;
  std::string host_;
  pid_t pid_ = -1;
};

}  // namespace hopcost::campaign
