// The log of trials, one line for each as it ends; a stopped run can be resumed from it. Searches ask the
// same questions when they get the same answers, so a resumed run takes its first answers from here. One
// owner thread. Includes base.
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
  /// With `resume`, reads the trials in the file for take(), and keeps them in it; else the file begins
  /// empty. Lines that can't be read, such as a last one that was cut off, are dropped. Errors: open(2)'s.
  [[nodiscard]] static Result<TrialLog> open(const std::filesystem::path& file, bool resume);

  /// The next trial of that name that the file held; nothing when there are no more.
  [[nodiscard]] std::optional<TrialResult> take(const std::string& name);
  /// Adds a trial to the file. Errors: kPartial when it can't be written.
  [[nodiscard]] Result<void> add(const std::string& name, const TrialResult& trial);
  /// How many trials were taken or added.
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
