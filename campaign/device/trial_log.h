// Every trial, a line each, as it ends: what a run that was stopped goes on from. As searches ask the same
// questions when they get the same answers, a resumed run takes its first answers from here. One owner
// thread. Includes base.
#pragma once

#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "campaign/device/trial.h"

namespace hopcost::campaign {

class TrialLog {
 public:
  /// With `resume` what the file holds is given again before anything is added; else it begins empty. A last
  /// line that was cut off is left out. Errors: of open(2).
  [[nodiscard]] static Result<TrialLog> open(const std::filesystem::path& file, bool resume);

  /// The next of this name that the file held; nothing when there is no more.
  [[nodiscard]] std::optional<TrialResult> take(const std::string& name);
  /// Errors: kPartial when the disk takes no more.
  [[nodiscard]] Result<void> add(const std::string& name, const TrialResult& trial);
  /// Taken and added.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  struct Close {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  TrialLog() = default;
  std::map<std::string, std::deque<TrialResult>> held_;
  std::unique_ptr<std::FILE, Close> file_;
  std::size_t count_ = 0;
};

}  // namespace hopcost::campaign
