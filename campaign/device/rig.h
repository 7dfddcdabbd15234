// A device between the tester's ports, ready for trials: the interface that tests are written against. Owned
// by one thread. Includes base, bench.
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

/// Facts about one frame size.
struct SizeFacts {
  std::string size;
  double bytes = 0;            ///< Mean size, with FCS.
  double theoretical_fps = 0;  ///< The most that the link carries.
  /// What the tester alone can send and receive, if it was measured.
  std::optional<double> tester_fps = {};
  std::string tester_from = {};  ///< How that was measured, or why not.
  double max_fps = 0;            ///< The highest load: the one asked for, else the lesser of the two above.
  /// Whether frames of this size come through at all. False only while a smaller size does: then the device
  /// does not carry so large a frame, and neither the tester nor the highest load is known.
  bool passes = true;
};

/// What people are told after each trial.
struct TrialNews {
  std::string test;   ///< The test's name with its modifier.
  std::string asked;  ///< What was asked, in words.
  const TrialResult& trial;
  double spent_s;  ///< Time of all trials so far: streams, teaching and pauses.
};

class Rig {
 public:
  /// Builds the device, if one is to be built. Errors: built_device()'s, named_ports()'s.
  [[nodiscard]] static Result<std::unique_ptr<Rig>> open(const DeviceConfig& config, TrialLog log,
                                                         std::function<void(const TrialNews&)> tell);

  /// Sets the size for the trials that follow: warms up, which shows whether anything comes through, and
  /// measures the tester alone. Errors: kUsage for a wrong size; kFailure when nothing comes through; the
  /// tester's.
  [[nodiscard]] Result<SizeFacts> set_size(const std::string& size);

  /// Sets the modifier, one of kModifiers, for the trials that follow. If the filters change, builds the
  /// device anew. Errors: built_device()'s.
  [[nodiscard]] Result<void> set_modifier(const std::string& modifier);
  /// What a test's result says about its modifier, with the queries since the last call.
  [[nodiscard]] nlohmann::json say_modifier();

  /// Makes a trial that counts. A void trial is repeated, up to three trials in all; if none counts, gives
  /// the last, with its reason. Errors: the tester's.
  [[nodiscard]] Result<TrialResult> trial(const std::string& test, const TrialPlan& plan);

  /// The same for a trial of address learning. Before each such trial a device that --dut builds is built
  /// anew; any other gets its ageing time. Errors: the generators', built_device()'s.
  [[nodiscard]] Result<TrialResult> addresses(const std::string& test, const AddressPlan& plan);
  /// Whether there is a third port, where floods are seen.
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
  [[nodiscard]] Result<bool> warm_up();
  [[nodiscard]] Result<bool> smaller_passes();
  [[nodiscard]] double bytes_of(const std::string& size) const;
  [[nodiscard]] Result<void> measure_tester(SizeFacts& facts);
  [[nodiscard]] Result<void> measure_flat_out(SizeFacts& facts, const Ways& ways);
  [[nodiscard]] TesterSetup setup() const;
  /// The networks that frames go to, in words.
  [[nodiscard]] std::string destinations() const;

  DeviceConfig config_;
  TrialLog log_;
  std::function<void(const TrialNews&)> tell_;
  Ways device_;
  std::optional<Ways> wire_;
  std::string size_;
  std::string passing_size_;  // the largest that came through a warm-up; empty: none
  bool any_carrier_ = false;  // of the current tester
  std::string modifier_ = "none";
  Queries queries_;               // of the current test so far
  std::string driver_;            // of the port that frames leave from, as the warm-up's report has it
  std::optional<Tester> tester_;  // opened for the first trial that is not in the log
  double spent_s_ = 0;
  bool ready_ = false;   // whether the device's daemons are ready
  bool taught_ = false;  // the device knows addresses that are not the frames', or could not be built anew
  bool watches_floods_ = false;
};

}  // namespace hopcost::campaign
