// A terminal that goes away, and a hangup that is to be ignored: the result comes all the same.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "base/result.h"
#include "tests/pktgen/netns_bench.h"

namespace hopcost::pktgen {
namespace {

/// pktgen with standard error on a terminal of its own, standard output on a pipe.
class AtTerminal {
 public:
  AtTerminal(std::vector<std::string> words, bool controls)
      : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    grantpt(master_.get());
    unlockpt(master_.get());
    const std::string slave = ptsname(master_.get());
    std::array<int, 2> out;
    (void)!pipe2(out.data(), O_CLOEXEC);
    const char* path = getenv("HOPCOST_PKTGEN");
    words.insert(words.begin(), path != nullptr ? path : "pktgen");
    pid_ = fork();
    if (pid_ == 0) {
      ::signal(SIGHUP, SIG_DFL);  // whoever runs the tests may have it ignored
      setsid();
      const int terminal = open(slave.c_str(), O_RDWR | (controls ? 0 : O_NOCTTY));
      dup2(terminal, 0);
      dup2(out[1], 1);
      dup2(terminal, 2);
      std::vector<char*> argv;
      for (auto& w : words) argv.push_back(w.data());
      argv.push_back(nullptr);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    close(out[1]);
    out_ = Fd(out[0]);
  }
  void hang_up() { master_.reset(); }
  /// Its exit code (-1: by a signal), and what it wrote to standard output.
  int wait(std::string& text) {
    std::array<char, 65536> buffer;
    for (ssize_t n; (n = read(out_.get(), buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(n));
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  Fd master_, out_;
  pid_t pid_ = -1;
};

class Terminal : public testing::TestWithParam<bool> {};

TEST_P(Terminal, WhatWasMeasuredIsWrittenWhenItIsLost) {
  const bool controls = GetParam();
  AtTerminal p({"--port", "null", "--rate", "1kpps", "--duration", "2500ms", "--json"}, controls);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  p.hang_up();
  std::string text;
  EXPECT_EQ(p.wait(text), static_cast<int>(controls ? Exit::kPartial : Exit::kOk));
  const auto j = nlohmann::json::parse(text, nullptr, false);
  ASSERT_TRUE(j.is_object()) << text;
  EXPECT_GT(j["sent"], 0);
}

INSTANTIATE_TEST_SUITE_P(Controlling, Terminal, testing::Bool());

TEST(TerminalLost, LinesForAReaderWhoHasGoneDoNotEndARun) {
  std::array<int, 2> out;
  ASSERT_EQ(pipe(out.data()), 0);
  const std::string program = getenv("HOPCOST_PKTGEN");
  const std::string err = testing::TempDir() + "terminal_" + std::to_string(getpid());
  // head goes after one line; the result is for standard error then.
  const int exit =
      shell("{ " + program + " --port null --rate 1kpps --count 1500 --stats-interval 10ms --json 2>" + err +
            "; echo $? >" + err + ".code; } | head -n 1 >/dev/null");
  EXPECT_EQ(exit, 0);
  EXPECT_EQ(shell("grep -q 0 " + err + ".code && grep -q '\"sent\":1500' " + err), 0);
  shell("rm -f " + err + " " + err + ".code");
}

TEST(TerminalLost, AHangupThatIsIgnoredStopsNothing) {
  const auto before = ::signal(SIGHUP, SIG_IGN);  // as nohup does
  Program p({"--port", "null", "--rate", "1kpps", "--count", "1000", "--json"});
  ::signal(SIGHUP, before);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  p.signal(SIGHUP);
  const auto ended = p.wait();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["sent"], 1000);
}

}  // namespace
}  // namespace hopcost::pktgen
