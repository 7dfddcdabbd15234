// The live view's terminal, on a pseudo terminal of the test's own.
#include "analyzer/live/terminal.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>

namespace hopcost::analyzer {
namespace {

/// Runs `body` with a pseudo terminal of 80 columns and 24 rows as standard output.
class OnTerminal {
 public:
  explicit OnTerminal(const std::function<void()>& body) {
    winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = forkpty(&master_, nullptr, nullptr, &size);
    if (pid_ != 0) return;
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    body();
    _exit(0);
  }
  ~OnTerminal() { close(master_); }

  void resize(unsigned short rows, unsigned short columns) const {
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ioctl(master_, TIOCSWINSZ, &size);
  }
  /// What was written until the program ended.
  std::string read_all() const {
    std::string text;
    char chunk[4096];
    for (ssize_t n; (n = ::read(master_, chunk, sizeof chunk)) > 0;)
      text.append(chunk, static_cast<std::size_t>(n));
    return text;
  }
  /// The exit code; -1 when it takes more than 5 s.
  int wait() const {
    for (int i = 0; i < 500; ++i) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
      usleep(10'000);
    }
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    return -1;
  }

 private:
  int master_ = -1;
  pid_t pid_ = -1;
};

TEST(Terminal, EverythingIsAsItWasAtTheEnd) {
  const OnTerminal on([] {
    auto terminal = Terminal::open();
    if (!terminal) _exit(1);
    terminal->show("one\ntwo");
  });
  // The line discipline makes "\r\n" of "\n".
  EXPECT_EQ(on.read_all(), "\x1b[?1049h\x1b[?25l\x1b[Hone\x1b[K\r\r\ntwo\x1b[K\x1b[J\x1b[?25h\x1b[?1049l");
  EXPECT_EQ(on.wait(), 0);
}

TEST(Terminal, OneThatReadsNothingStopsNobody) {
  const OnTerminal on([] {
    auto terminal = Terminal::open();
    const std::string page(4000, 'x');
    for (int i = 0; i < 1000; ++i) terminal->show(page);
  });
  EXPECT_EQ(on.wait(), 0);
}

TEST(Terminal, AResizeIsSeenAtTheNextLook) {
  const OnTerminal on([] {
    auto terminal = Terminal::open();
    Screen s = terminal->screen();
    if (s.columns != 80 || s.rows != 24 || !s.utf8) _exit(2);
    for (int i = 0; i < 400 && s.columns == 80; ++i, s = terminal->screen()) usleep(10'000);
    _exit(s.columns == 61 && s.rows == 7 ? 0 : 3);
  });
  usleep(100'000);
  on.resize(7, 61);
  EXPECT_EQ(on.wait(), 0);
}

TEST(Terminal, WhatCanNotBeDrawnOnIsNotUsed) {
  const OnTerminal on([] {
    if (!Terminal::usable()) _exit(1);
    setenv("TERM", "dumb", 1);
    if (Terminal::usable()) _exit(2);
    setenv("TERM", "xterm", 1);
    close(STDOUT_FILENO);
    if (Terminal::usable()) _exit(3);
  });
  EXPECT_EQ(on.wait(), 0);
}

}  // namespace
}  // namespace hopcost::analyzer
