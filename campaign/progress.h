// The line that lives while a run goes on. Includes nothing of ours but run.h.
#pragma once

#include "campaign/run.h"

namespace hopcost::campaign {

/// Draws on standard error: one line over and over on a terminal, at most ten times a second; nothing
/// elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Wipes the line.
  ~ProgressLine();

  void show(const Progress& progress);

  /// The line's text, without the terminal's control characters.
  [[nodiscard]] static std::string text(const Progress& progress);

 private:
  bool live_;
  double shown_s_ = -1;
};

}  // namespace hopcost::campaign
