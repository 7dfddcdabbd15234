#include "campaign/site/ssh_master.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>

#include "base/exec.h"
#include "base/fd.h"
#include "base/shell.h"
#include "base/signals.h"

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kConnecting = std::chrono::seconds(30);

/// See ssh_config(5). A dead peer is noticed after 15 s.
constexpr const char* kOptions[] = {
    "BatchMode=yes",         "ConnectTimeout=15",     "ServerAliveInterval=5",
    "ServerAliveCountMax=3", "ControlPersist=no",     "ClearAllForwardings=yes",
    "ForwardAgent=no",       "PermitLocalCommand=no", "RequestTTY=no"};

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& w : words) line += (line.empty() ? "" : " ") + shell_quoted(w);
  return line;
}

[[noreturn]] void become(const std::vector<std::string>& words, const char* log) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDWR), said = ::open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(said, STDERR_FILENO);
  exec_words(words);
}

/// What ssh's messages mean, and what to do.
struct Meaning {
  const char* says;
  Exit code;
  const char* hint;
};
constexpr Meaning kMeanings[] = {
    {"Host key verification failed", Exit::kRefused,
     "its key is not the one that is known: ask who runs the host; then ssh-keygen -R HOST, and connect once "
     "by hand"},
    {"Permission denied", Exit::kPrivilege,
     "nobody is asked for a password here: set up a key (ssh-copy-id HOST)"},
    {"Could not resolve", Exit::kMissing, "is the name right? ssh HOST has to work"},
    {"ssh: No such file", Exit::kMissing, "install OpenSSH's client: apt-get install openssh-client"},
};

}  // namespace

Result<SshMaster> SshMaster::open(const SiteConfig& config) {
  auto folder = PrivateFolder::make();
  if (!folder) return forward(folder);
  std::vector<std::string> words = {"ssh", "-o", "ControlPath=" + (folder->path() / "%C").string()};
  for (const char* option : kOptions) {
    words.emplace_back("-o");
    words.emplace_back(option);
  }
  words.insert(words.end(), config.ssh.begin(), config.ssh.end());
  SshMaster master(std::move(*folder), std::move(words), config.host);
  if (auto r = master.start(); !r) return forward(r);
  if (auto r = master.wait_until_it_stands(); !r) return forward(r);
  return master;
}

SshMaster::SshMaster(SshMaster&& other) noexcept
    : folder_(std::move(other.folder_)),
      words_(std::move(other.words_)),
      host_(std::move(other.host_)),
      pid_(std::exchange(other.pid_, -1)) {}

SshMaster::~SshMaster() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
}

Result<void> SshMaster::start() {
  std::vector<std::string> words = words_;
  for (const char* w : {"-M", "-N", "--"}) words.emplace_back(w);
  words.push_back(host_);
  const std::string log = folder_.path() / "log";
  pid_ = fork();
  if (pid_ < 0) return errno_error(errno, "fork");
  if (pid_ == 0) become(words, log.c_str());
  return {};
}

Result<void> SshMaster::wait_until_it_stands() {
  const auto end = Clock::now() + kConnecting;
  while (Clock::now() < end && !stop_requested()) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return std::unexpected<Error>(failure());
    }
    if (stands()) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (stop_requested()) return error(Exit::kPartial, fmt::format("stopped while connecting to {}", host_));
  return error(Exit::kMissing, fmt::format("{} does not answer", host_),
               "ssh to it has to work without a password");
}

Error SshMaster::failure() const {
  std::ifstream log(folder_.path() / "log");
  std::string all, last;
  for (std::string line; std::getline(log, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.find_first_not_of(' ') != std::string::npos) last = line;
    all += line + "\n";
  }
  for (const Meaning& m : kMeanings) {
    if (all.find(m.says) != std::string::npos)
      return {fmt::format("connect to {}: {}", host_, last), 0, m.hint, m.code};
  }
  return {fmt::format("connect to {}: {}", host_, last.empty() ? "ssh ended without a message" : last), 0,
          fmt::format("this has to work without a password: ssh {}", host_), Exit::kMissing};
}

std::vector<std::string> SshMaster::command(const std::string& remote) const {
  std::vector<std::string> words = words_;
  for (const std::string& w : {std::string("-T"), std::string("--"), host_, remote}) words.push_back(w);
  return words;
}

bool SshMaster::stands() const {
  std::vector<std::string> words = words_;
  for (const std::string& w : {std::string("-O"), std::string("check"), std::string("--"), host_})
    words.push_back(w);
  return std::system((joined(words) + " >/dev/null 2>&1").c_str()) == 0;  // each word is quoted
}

std::string SshMaster::output_of(const std::string& remote, const std::string& input) const {
  auto output = shell_output(joined(command(remote)) + " <" + shell_quoted(input) + " 2>&1");
  return output ? std::move(output->text) : std::string();
}

}  // namespace hopcost::campaign
