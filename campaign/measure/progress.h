// What a person sees while a run goes on: a table whose intervals narrow, or plain lines without a terminal.
// Includes nothing of ours but run.h.
#pragma once

#include <cstddef>
#include <string>

#include "campaign/measure/run.h"

namespace hopcost::campaign {

/// Draws on standard error. On a terminal: a few lines over and over, at most ten times a second. Elsewhere:
/// a line every ten seconds, after a build.
class ProgressView {
 public:
  /// `quiet`: nothing is shown at all.
  explicit ProgressView(bool quiet);
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;
  /// Wipes the table.
  ~ProgressView();

  /// Draws it, if it is time to.
  void show(const Progress& progress);

  /// The table's lines, without the terminal's control characters: a bar, then a line a mode.
  [[nodiscard]] static std::vector<std::string> table(const Progress& progress);
  /// All of it in one line.
  [[nodiscard]] static std::string line(const Progress& progress);

 private:
  void wipe();
  enum class How { kNot, kTable, kLines };
  How how_;
  double shown_s_ = -1;
  std::size_t drawn_ = 0;  ///< Lines of the table that stand on the terminal.
};

}  // namespace hopcost::campaign
