// The terminal the live view is drawn on: its second screen, without a cursor, and everything as it was at
// the end. One owner thread. Writes never wait for the terminal: one that is stopped (Ctrl-S, a dead ssh)
// must not stop the taps.
#pragma once

#include <string>

#include "analyzer/live/draw.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

class Terminal {
 public:
  /// Whether standard output is one that can be drawn on (TERM is neither unset nor "dumb").
  [[nodiscard]] static bool usable() noexcept;
  /// Switches to the second screen. Ctrl-Z does nothing until the end. Errors: standard output can't be
  /// opened again.
  [[nodiscard]] static Result<Terminal> open();
  Terminal(Terminal&&) noexcept = default;
  Terminal& operator=(Terminal&&) = delete;
  ~Terminal();

  /// As it is now: a resize is seen at the next look. Colours unless NO_COLOR is set (no-color.org).
  [[nodiscard]] Screen screen() const;
  /// Replaces what is shown by lines separated by "\n". Skipped while the terminal has not taken the last
  /// one.
  void show(const std::string& text);

 private:
  explicit Terminal(Fd fd) : fd_(std::move(fd)) {}
  void write_some() noexcept;

  Fd fd_;  // our own description of the same terminal: its being non-blocking is no one else's
  std::string pending_;
};

}  // namespace hopcost::analyzer
