// A device between the tester's ports, ready for trials: what tests are written against. Owned by one thread.
// Includes base, bench.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "campaign/device/address_trial.h"
#include "campaign/device/device_config.h"
#include "campaign/device/tester.h"
#include "campaign/device/trial_log.h"

namespace hopcost::campaign {

/// What holds for one frame size.
struct SizeFacts {
  std::string size;
  double bytes = 0;            ///< Mean, with FCS.
  double theoretical_fps = 0;  ///< What the link carries.
  std::optional<double> tester_fps =
      {};                        ///< What the tester alone sends and receives, where it was measured.
  std::string tester_from = {};  ///< How, or why not.
  double max_fps = 0;            ///< The highest load: what was asked for, else the least of both.
};

/// After each trial, for people.
struct TrialNews {
  std::string test;   ///< With its modifier.
  std::string asked;  ///< In words.
  const TrialResult& trial;
  double spent_s;  ///< Of all trials' streams, lessons and pauses.
};

class Rig {
 public:
  /// Builds the device, where there is one to be built. Errors: built_device(), named_ports().
  [[nodiscard]] static Result<std::unique_ptr<Rig>> open(const DeviceConfig& config, TrialLog log,
                                                         std::function<void(const TrialNews&)> tell);

  /// What comes next is of frames of this size; measures the tester alone, warms up, and finds out whether
  /// anything comes through. Errors: kUsage for a size; kFailure when nothing does; the tester's.
  [[nodiscard]] Result<SizeFacts> set_size(const std::string& size);

  /// What comes next is with this one of kModifiers; a device whose filters change is built anew. Errors:
  /// built_device().
  [[nodiscard]] Result<void> set_modifier(const std::string& modifier);
  /// What a test's result says of its modifier; of queries those since this was asked last.
  [[nodiscard]] nlohmann::json say_modifier();

  /// One trial that counts. One that does not is repeated, three times in all; the last is given then, with
  /// its reason. Errors: the tester's.
  [[nodiscard]] Result<TrialResult> trial(const std::string& test, const TrialPlan& plan);

  /// One trial of what a switch learns that counts, as trial(); a device that is built is built anew before
  /// it, one that is not has its ageing time. Errors: the generators', built_device().
  [[nodiscard]] Result<TrialResult> addresses(const std::string& test, const AddressPlan& plan);
  /// Whether there is a third port.
  [[nodiscard]] bool watches_floods() const noexcept { return watches_floods_; }

  [[nodiscard]] const DeviceConfig& config() const noexcept { return config_; }
  [[nodiscard]] std::size_t trials() const noexcept { return log_.count(); }

 private:
  Rig(DeviceConfig config, TrialLog log, std::function<void(const TrialNews&)> tell)
      : config_(std::move(config)), log_(std::move(log)), tell_(std::move(tell)) {}
  template <class Make>
  [[nodiscard]] Result<TrialResult> logged(const std::string& name, Make&& make);
  template <class Plan>
  [[nodiscard]] Result<TrialResult> one_that_counts(const std::string& test, const Plan& plan);
  [[nodiscard]] Result<TrialResult> run_stream(const TrialPlan& plan);
  [[nodiscard]] Result<TrialResult> once(const std::string& test, const TrialPlan& plan);
  [[nodiscard]] Result<TrialResult> once(const std::string& test, const AddressPlan& plan);
  [[nodiscard]] Result<void> forget();
  [[nodiscard]] Result<void> build_anew();
  [[nodiscard]] std::string with_modifier(const std::string& test) const;
  [[nodiscard]] Result<Tester*> tester();
  [[nodiscard]] Result<TrialResult> flat_out(const std::string& test, const Ways& ways);
  [[nodiscard]] TrialPlan warm_up_plan() const;
  [[nodiscard]] Result<void> wait_for_daemons(Tester& with);
  [[nodiscard]] Result<void> warm_up();
  [[nodiscard]] Result<void> measure_tester(SizeFacts& facts);
  [[nodiscard]] Result<void> measure_flat_out(SizeFacts& facts, const Ways& ways);
  [[nodiscard]] TesterSetup setup() const;
  /// For people.
  [[nodiscard]] std::string destinations() const;

  DeviceConfig config_;
  TrialLog log_;
  std::function<void(const TrialNews&)> tell_;
  Ways device_;
  std::optional<Ways> wire_;
  std::string size_;
  std::string modifier_ = "none";
  Queries queries_;               // of the test so far
  std::string driver_;            // of the port that frames leave from, by the warm-up
  std::optional<Tester> tester_;  // opened when a trial is not in the log
  double spent_s_ = 0;
  bool ready_ = false;   // its daemons
  bool taught_ = false;  // addresses that are not the tester's; or it could not be built anew
  bool watches_floods_ = false;
};

}  // namespace hopcost::campaign
