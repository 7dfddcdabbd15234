#include "analyzer/live/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace hopcost::analyzer {

namespace {

// xterm control sequences (ctlseqs): alternate screen, cursor, home, erase to the end of the line and of the
// screen.
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l";
constexpr const char* kLeave = "\x1b[?25h\x1b[?1049l";
constexpr const char* kHome = "\x1b[H";
constexpr const char* kEraseLine = "\x1b[K";
constexpr const char* kEraseBelow = "\x1b[J";
/// How long the end waits for a terminal that takes no output, such as a stopped one.
constexpr int kLastWaitMs = 300;

bool set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// The first variable that is set counts (POSIX, section 8.2).
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (set(name)) return strcasestr(std::getenv(name), "UTF-8") || strcasestr(std::getenv(name), "utf8");
  }
  return false;
}

}  // namespace

bool Terminal::usable() noexcept {
  return isatty(STDOUT_FILENO) == 1 && set("TERM") && std::strcmp(std::getenv("TERM"), "dumb") != 0;
}

Result<Terminal> Terminal::open() {
  Fd fd(::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, "open the terminal again", "--no-live does without it");
  Terminal t(std::move(fd));
  signal(SIGTSTP, SIG_IGN);
  t.pending_ = kEnter;
  t.write_some();
  return t;
}

Terminal::~Terminal() {
  if (!fd_.valid()) return;
  pending_ += kLeave;
  write_some();
  pollfd p{fd_.get(), POLLOUT, 0};
  if (!pending_.empty() && poll(&p, 1, kLastWaitMs) == 1) write_some();
  signal(SIGTSTP, SIG_DFL);
}

Screen Terminal::screen() const {
  Screen s;
  winsize size{};
  if (ioctl(fd_.get(), TIOCGWINSZ, &size) == 0 && size.ws_col != 0 && size.ws_row != 0) {
    s.columns = size.ws_col;
    s.rows = size.ws_row;
  }
  s.utf8 = locale_is_utf8();
  s.colour = !set("NO_COLOR");
  return s;
}

void Terminal::show(const std::string& text) {
  write_some();
  if (!pending_.empty()) return;
  pending_ = kHome;
  for (const char c : text) {
    if (c == '\n') {
      pending_ += kEraseLine;
      pending_ += "\r\n";
    } else {
      pending_ += c;
    }
  }
  pending_ += kEraseLine;
  pending_ += kEraseBelow;
  write_some();
}

void Terminal::write_some() noexcept {
  while (!pending_.empty()) {
    const ssize_t n = ::write(fd_.get(), pending_.data(), pending_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) pending_.clear();  // the terminal has gone
    if (n <= 0) return;
    pending_.erase(0, static_cast<std::size_t>(n));
  }
}

}  // namespace hopcost::analyzer
