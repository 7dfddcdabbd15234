// Namespaces of the tests' own, set up with ip(8), gone with the object. The analyzer's tests may not include
// nsglue.
#pragma once

#include <string>

#include "analyzer/tap/any_tap.h"

namespace hopcost::analyzer {

/// Three namespaces: a tester (t0) wired to a device under test (d0), and a container (eth0) reached through
/// it.
class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;

  /// Why there is none, or empty.
  [[nodiscard]] const std::string& missing() const { return missing_; }

  /// d0 and v0 in a bridge, v0 wired to eth0.
  void build_bridge();
  /// eth0 is a macvlan child of d0.
  void build_macvlan();

  [[nodiscard]] std::string tester() const { return prefix_ + "-t"; }
  [[nodiscard]] std::string dut() const { return prefix_ + "-d"; }
  [[nodiscard]] std::string container() const { return prefix_ + "-c"; }

  /// Runs a shell command. True when it succeeded.
  static bool run(const std::string& command);
  /// Like run(), but a failure makes missing() say so.
  void need(const std::string& command);

 private:
  void build_wire();
  void finish_container();

  std::string prefix_;
  std::string missing_;
};

#define NEED_SANDBOX(sandbox) \
  if (!(sandbox).missing().empty()) GTEST_SKIP() << (sandbox).missing()

#define NEED_TAP_KIND(kind)                  \
  for (const auto& known : list_tap_kinds()) \
    if (known.name == (kind) && !known.why_not.empty()) GTEST_SKIP() << known.why_not

}  // namespace hopcost::analyzer
