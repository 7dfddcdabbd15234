// What the namespace tests share: whether they can run here, shipped topologies, and what stands on the
// machine.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/nsglue.h"

namespace hopcost::nsglue::stage {

/// Empty when this process may build topologies, as root or in a user and mount namespace of its own, which
/// it enters for that. Else the reason.
[[nodiscard]] std::string reason_to_skip();

/// Not within a user namespace.
[[nodiscard]] bool is_real_root();

/// Names of all files of topologies/, sorted.
[[nodiscard]] std::vector<std::string> all_shipped();

/// The modes that the tests of whole modes build: HOPCOST_TEST_MODES, names with commas between, which this
/// kernel must have then; else all.
[[nodiscard]] std::vector<std::string> modes_under_test();

/// A file of topologies/. The test ends when it is faulty.
[[nodiscard]] Topology shipped(const std::string& name);

/// A mode's name as gtest wants a parameter's.
[[nodiscard]] std::string parameter_name(const testing::TestParamInfo<std::string>& info);

/// What this kernel lacks for the mode, or empty; always empty when somebody chose the modes.
[[nodiscard]] std::string lacking(const Topology& topology);

/// An instance name that no other run uses.
[[nodiscard]] std::string instance(const std::string& suffix);

/// Names under /run/netns and devices of the current namespace.
[[nodiscard]] std::set<std::string> standing();
/// Those of standing() that belong to the instance.
[[nodiscard]] std::set<std::string> standing_of(const std::string& instance);

/// What a kill leaves between the file and the mount of a namespace. `mode` 0 is ours.
void plant_empty_name(const std::string& netns, mode_t mode = 0);

/// Removes an instance when a test ends, however it ends.
class Cleanup {
 public:
  explicit Cleanup(std::string instance) : instance_(std::move(instance)) {}
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;
  ~Cleanup() { (void)down(instance_); }

 private:
  std::string instance_;
};

/// Enters a user, mount and network namespace with a tmpfs on /run, as an unprivileged user would.
/// Single-threaded only.
[[nodiscard]] Result<void> enter_user_namespace();

}  // namespace hopcost::nsglue::stage

/// Skips the test when topologies can't be built here.
#define NEEDS_NAMESPACES() \
  if (const auto reason = hopcost::nsglue::stage::reason_to_skip(); !reason.empty()) GTEST_SKIP() << reason

/// Skips the test of a mode that this kernel can't do: there is a kernel that can, in ./dev guest.
#define NEEDS_MODE(topology) \
  NEEDS_NAMESPACES();        \
  if (const auto lack = hopcost::nsglue::stage::lacking(topology); !lack.empty()) GTEST_SKIP() << lack
