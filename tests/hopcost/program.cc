#include "program.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/exec.h"
#include "base/netns.h"
#include "base/privilege.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

[[noreturn]] void become(const std::vector<std::string>& argv, const std::string& out,
                         const std::string& err) {
  dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  exec_words(argv);
}

/// Without `time_has_come` no signal is sent.
Outcome run(const std::vector<std::string>& argv, const std::function<bool()>& time_has_come,
            int signal_number) {
  const std::string folder = scratch_folder();
  const std::string out = folder + "/out", err = folder + "/err";
  const pid_t pid = fork();
  if (pid == 0) become(argv, out, err);
  int status = 0;
  bool ended = false;
  while (time_has_come && !(ended = waitpid(pid, &status, WNOHANG) == pid) && !time_has_come())
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (time_has_come && !ended) kill(pid, signal_number);
  if (!ended) waitpid(pid, &status, 0);
  Outcome o{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(out), contents(err)};
  fs::remove_all(folder);
  return o;
}

}  // namespace

Outcome run_program_until(std::vector<std::string> arguments, const std::function<bool()>& time_has_come,
                          int signal) {
  arguments.insert(arguments.begin(), std::getenv("HOPCOST_BIN"));
  return run(arguments, time_has_come, signal);
}

Outcome run_program(std::vector<std::string> arguments, int after_ms, int signal) {
  if (after_ms <= 0) return run_program_until(std::move(arguments), nullptr, 0);
  const auto then = std::chrono::steady_clock::now() + std::chrono::milliseconds(after_ms);
  return run_program_until(
      std::move(arguments), [then] { return std::chrono::steady_clock::now() >= then; }, signal);
}

Outcome run_shell(const std::string& command) {
  return run({"/bin/sh", "-c", command}, nullptr, 0);
}

std::set<std::string> standing_namespaces() {
  std::set<std::string> all;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kNetnsDir, none)) {
    const std::string name = entry.path().filename();
    struct stat file {};
    if (name.starts_with("hc-") && stat(entry.path().c_str(), &file) == 0)
      all.insert(name + " " + std::to_string(file.st_ino));
  }
  return all;
}

std::string scratch_folder() {
  std::string pattern = (fs::temp_directory_path() / "hopcost-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  chmod(pattern.c_str(), 0777);
  return pattern;
}

std::string why_not_root() {
  for (const int c : {CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW}) {
    if (!have_capability(c)) return "needs root: run with sudo";
  }
  return {};
}

}  // namespace hopcost::campaign
