// connect() of site.h: a host behind ssh.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <condition_variable>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/control.h"
#include "base/shell.h"
#include "base/text.h"
#include "campaign/site/site.h"
#include "campaign/site/ssh_master.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// Sends each child a ping every few seconds, so that its lease does not run out.
class Keeper {
 public:
  void add(std::weak_ptr<ChildInput> input) {
    const std::lock_guard lock(mutex_);
    inputs_.push_back(std::move(input));
  }

 private:
  void keep(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      inputs_.remove_if([](const std::weak_ptr<ChildInput>& input) {
        const auto child = input.lock();
        return child == nullptr || !child->write("{\"op\":\"ping\"}\n");
      });
      wake_.wait_for(lock, stop, kLease / 6, [] { return false; });
    }
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::list<std::weak_ptr<ChildInput>> inputs_;
  std::jthread thread_{[this](const std::stop_token& stop) { keep(stop); }};
};

/// Why a program did not start there, recognised by its last message or its exit status.
struct Cause {
  const char* says;
  Exit code;
  const char* hint;
};
constexpr Cause kCauses[] = {
    {"password is required", Exit::kPrivilege,
     "log in as root, or let sudo run hopcost's programs without a password (NOPASSWD in sudoers)"},
    {"a terminal is required", Exit::kPrivilege,
     "log in as root, or let sudo run hopcost's programs without a password (NOPASSWD in sudoers)"},
    {"Exec format error", Exit::kMissing,
     "the program there is for another architecture: put one of its own there"},
    {"status 126", Exit::kMissing, "it can't be run there: is it for another architecture?"},
    {"not found", Exit::kMissing,
     "install hopcost there, or say in which folder its programs are (folder = in the campaign file)"},
    {"No such file", Exit::kMissing,
     "install hopcost there, or say in which folder its programs are (folder = in the campaign file)"},
    {"unknown op 'session'", Exit::kMissing,
     "an older version is there: both ends must be of one version of hopcost"},
    {"status 2 ", Exit::kMissing, "an older version is there: both ends must be of one version of hopcost"},
    {"status 255", Exit::kMissing, "the connection was lost"},
};

class SshSite final : public Site {
 public:
  SshSite(const SiteConfig& config, SshMaster master) : config_(config), master_(std::move(master)) {}
  ~SshSite() override { end(); }

  Result<void> look() {
    const std::string text = master_.output_of(
        "sh -c " +
            shell_quoted("printf '\\nhopcost:%s:%s:%s\\n' \"$(id -u)\" \"$(uname -m)\" \"$SSH_CONNECTION\""),
        "/dev/null");
    for (const std::string& line : split(text, '\n')) {
      if (!line.starts_with("hopcost:")) continue;
      const auto first = line.find(':'), second = line.find(':', first + 1),
                 third = line.find(':', second + 1);
      if (third == std::string::npos) break;
      root_ = line.substr(first + 1, second - first - 1) == "0";
      machine_ = line.substr(second + 1, third - second - 1);
      session_ = line.substr(third + 1);
      return {};
    }
    return error(Exit::kFailure, fmt::format("{} gives no shell: {}", config_.host, text.substr(0, 200)),
                 "it takes a login with a POSIX shell");
  }

  const std::string& name() const noexcept override { return config_.host; }

  Result<Child> spawn(const std::string& program, const std::vector<std::string>& arguments) override {
    if (!master_.stands())
      return error(Exit::kFailure, fmt::format("the connection to {} is lost", config_.host),
                   fmt::format("what stands there is taken down by itself within {} s", kLease.count()));
    auto child = Child::spawn({.argv = master_.command(remote_line(program, arguments)),
                               .name = fmt::format("{} on {}", program, config_.host),
                               .host = config_.host,
                               .lease = kLease});
    if (child) keeper_.add(child->input());
    return child;
  }

  Result<void> greet(Child& child) override {
    if (auto r = child.greet(); !r) return std::unexpected<Error>(explained(std::move(r).error()));
    return {};
  }

  Result<void> become_able(bool) override { return {}; }  // sudo serves each program

  Result<void> lock() override {
    auto answer = ask("lock", json::object());
    if (answer) return {};
    Error e = std::move(answer).error();
    if (e.code == Exit::kRefused) e.what = fmt::format("{}: {}", config_.host, e.what);
    return std::unexpected<Error>(std::move(e));
  }

  Result<Placement> place(int wanted, bool) override {
    auto answer = ask("place", {{"cpu", wanted}});
    if (!answer) return forward(answer);
    Placement placement{
        .sender = static_cast<int>(get_number_or(*answer, "sender", -1)), .device = {}, .others = {}};
    for (const json& cpu : answer->value("others", json::array())) {
      if (cpu.is_number_integer()) placement.others.push_back(cpu.get<int>());
    }
    others_ = fmt::format("{}", fmt::join(placement.others, ","));
    return placement;
  }

 private:
  /// The command line that starts a program. It uses sudo only where we are not root: a router may have none.
  [[nodiscard]] std::string remote_line(const std::string& program,
                                        const std::vector<std::string>& arguments) const {
    std::vector<std::string> words;
    if (!others_.empty()) words.insert(words.end(), {"taskset", "-c", others_});
    if (!root_) words.insert(words.end(), {"sudo", "-n"});  // sudo for our own programs only
    words.push_back(config_.folder.empty() ? program : config_.folder + "/" + program);
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::string line = "exec";
    for (const std::string& w : words) line += " " + shell_quoted(w);
    return line;
  }

  [[nodiscard]] Error explained(Error e) const {
    for (const Cause& c : kCauses) {
      if (e.what.find(c.says) == std::string::npos) continue;
      e.code = c.code;
      e.hint = c.hint;
      break;
    }
    if (e.hint.find("architecture") != std::string::npos)
      e.hint += fmt::format(" ({} is {})", config_.host, machine_);
    return e;
  }

  SiteConfig config_;
  SshMaster master_;
  Keeper keeper_;
  bool root_ = false;
  std::string machine_, others_;
};

}  // namespace

Result<std::unique_ptr<Site>> connect(const SiteConfig& config) {
  auto master = SshMaster::open(config);
  if (!master) return forward(master);
  auto site = std::make_unique<SshSite>(config, std::move(*master));
  if (auto r = site->look(); !r) return forward(r);
  return site;
}

}  // namespace hopcost::campaign
