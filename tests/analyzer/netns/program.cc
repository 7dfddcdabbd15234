#include "tests/analyzer/netns/program.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/privilege.h"
#include "base/programs.h"

namespace hopcost::analyzer {

namespace {

using namespace std::chrono_literals;

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const Program::Options& options,
                         const std::string& out, const std::string& err) {
  const int o = open(out.c_str(), O_WRONLY | O_CREAT, 0600), e = open(err.c_str(), O_WRONLY | O_CREAT, 0600);
  dup2(o, 1);
  dup2(e, 2);
  const std::string path = analyzer_path();
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  if (!options.tiny_disk.empty() &&
      (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
       mount("tiny", options.tiny_disk.c_str(), "tmpfs", 0, "size=4k") != 0)) {
    _exit(126);
  }
  if (options.without_capabilities) {
    // A program of root's gets its capabilities back when it is executed: become somebody else too.
    if (setgid(65534) != 0 || setuid(65534) != 0) (void)drop_all_capabilities();
  }
  execv(path.c_str(), argv.data());
  _exit(127);
}

}  // namespace

std::string analyzer_path() {
  const auto found = find_program("analyzer");
  return found ? found->string() : "analyzer";
}

Program::Program(const std::vector<std::string>& arguments, Options options) {
  char name[] = "/tmp/hopcost-test-XXXXXX";
  folder_ = mkdtemp(name);
  const std::string out = options.stdout_to.empty() ? folder_ + "/out" : options.stdout_to;
  pid_ = fork();
  if (pid_ == 0) become(arguments, options, out, folder_ + "/err");
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool Program::wait_for_message(const std::string& text) {
  for (int i = 0; i < 3000; ++i) {
    if (messages().find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

void Program::signal(int number) const {
  kill(pid_, number);
}

int Program::wait() {
  for (int i = 0; i < 1000; ++i) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
    }
    std::this_thread::sleep_for(10ms);
  }
  return -1;
}

std::string Program::output() const {
  return read_file(folder_ + "/out");
}
std::string Program::messages() const {
  return read_file(folder_ + "/err");
}

}  // namespace hopcost::analyzer
