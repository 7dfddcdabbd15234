// What a person sees during a run: a table whose intervals narrow, or plain lines without a terminal.
// Includes nothing of ours but run.h.
#pragma once

#include <cstddef>
#include <string>

#include "campaign/measure/run.h"

namespace hopcost::campaign {

/// Draws on standard error. On a terminal it redraws a few lines, at most ten times a second. Elsewhere it
/// prints a line after a build, at most every ten seconds.
class ProgressView {
 public:
  /// `quiet`: show nothing.
  explicit ProgressView(bool quiet);
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;
  /// Wipes the table.
  ~ProgressView();

  /// Draws or prints, if that is due.
  void show(const Progress& progress);

  /// The table's lines, without terminal control sequences: a bar, then a line for each mode.
  [[nodiscard]] static std::vector<std::string> table(const Progress& progress);
  /// The same as a single line.
  [[nodiscard]] static std::string line(const Progress& progress);

 private:
  void wipe();
  enum class How { kNot, kTable, kLines };
  How how_;
  double shown_s_ = -1;
  std::size_t drawn_ = 0;  ///< How many lines of the table are on the terminal.
};

}  // namespace hopcost::campaign
