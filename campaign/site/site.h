// Where a run's programs are started: this machine, or another one over ssh. Code that has a Site starts
// children there and asks the nsglue there, and cannot tell which of the two it is. One owner thread.
// Includes base/, stats/, design/ and nsglue's descriptions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/cpu_clocks.h"
#include "base/placement.h"
#include "base/result.h"
#include "campaign/design/config.h"
#include "nsglue/nsglue.h"
#include "stats/clock_fit.h"

namespace hopcost::campaign {

/// A network interface of a site, as nsglue sees it.
struct SiteNic {
  std::string device;
  std::uint32_t tx_queues = 0, rx_queues = 0;
};

/// An interface that is the wire of instances.
struct SiteDealer {
  SiteNic nic;
  std::string wire;    ///< "bpf" or "macvlan".
  std::string reason;  ///< Why it is macvlan though nobody asked for it; else empty.
};

/// The MAC addresses that a mode's frames carry between two hosts, as text.
struct SiteWire {
  std::string from, to;
};

/// A site's CLOCK_REALTIME.
struct SiteClock {
  Ahead ahead;  ///< Of this machine's, as exchanges of messages bound it.
  /// max_clock_error_ns() there.
  std::optional<std::uint64_t> max_error_ns;
};

class Site {
 public:
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  virtual ~Site() = default;

  /// "this machine", or the host as the configuration names it.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  /// Starts one of our programs there and does not wait for it: greet() comes before the first call. Errors:
  /// kMissing when the program is not found; Child::spawn()'s.
  [[nodiscard]] virtual Result<Child> spawn(const std::string& program,
                                            const std::vector<std::string>& arguments) = 0;
  /// Errors: Child::greet()'s, with what to do about them.
  [[nodiscard]] virtual Result<void> greet(Child& child) = 0;
  /// spawn() and greet().
  [[nodiscard]] Result<Child> start(const std::string& program, const std::vector<std::string>& arguments);
  /// Gets the privileges needed here, before anything is built; over ssh does nothing, since sudo serves each
  /// program. Errors: become_able()'s.
  [[nodiscard]] virtual Result<void> become_able(bool rootless) = 0;
  /// Takes the site's lock, which keeps other runs from measuring there until the site is destroyed. Errors:
  /// kRefused.
  [[nodiscard]] virtual Result<void> lock() = 0;
  /// Chooses the sender's CPU; programs started afterwards run on the others. `wanted`: a CPU, or -1 for any.
  /// Errors: place()'s.
  [[nodiscard]] virtual Result<Placement> place(int wanted, bool steer) = 0;
  /// Reads the site's clock. Errors: nsglue's.
  [[nodiscard]] virtual Result<SiteClock> clock();

  // These ask the site's nsglue (doc/control-protocol.md), which the first call starts. Errors: nsglue's.
  /// Describes the machine, for environment.json.
  [[nodiscard]] Result<nlohmann::json> machine();
  /// look_at_clocks() on the site; `cpu`: the sender's.
  [[nodiscard]] Result<ClockFacts> clocks(int cpu);
  /// Keeps netfilter in use in the site's kernel until the site is destroyed, so that other programs don't
  /// decide whether it is. A kernel without netfilter is no error; environment.json says which is the case.
  [[nodiscard]] Result<void> hold_netfilter();
  /// Looks at an interface.
  [[nodiscard]] Result<SiteNic> nic(const std::string& device);
  /// Makes an interface the wire of instances from then on; `wire` as in SiteConfig.
  [[nodiscard]] Result<SiteDealer> deal_from(const std::string& device, const std::string& wire);
  /// What the site lacks for a topology, in words; empty when it lacks nothing.
  [[nodiscard]] Result<std::vector<std::string>> lacks(const nsglue::Topology& topology);
  /// Removes the instances of runs that were killed, and gives their number.
  [[nodiscard]] Result<std::size_t> sweep();
  /// Makes an instance of a topology and gives the topology as it stands. The instance is removed at the
  /// latest when the site's nsglue ends.
  [[nodiscard]] Result<nsglue::Topology> up(const nsglue::Topology& topology, const std::string& instance);
  /// Connects an existing instance to the interface that deal_from() was given.
  [[nodiscard]] Result<SiteWire> deal(const std::string& instance);
  /// Removes an instance.
  [[nodiscard]] Result<void> down(const std::string& instance);
  /// The settings that differ from the declaration.
  [[nodiscard]] Result<std::vector<std::string>> check(const std::string& instance);
  /// What is wrong with the instance's path, as found by sending packets.
  [[nodiscard]] Result<std::vector<std::string>> prove(const std::string& instance);
  /// Every setting of an instance, read back.
  [[nodiscard]] Result<nlohmann::json> settings(const std::string& instance);

 protected:
  Site() = default;
  /// Sends one request to the site's nsglue, which it starts if necessary.
  [[nodiscard]] Result<nlohmann::json> ask(const std::string& op, nlohmann::json arguments);
  /// Ends the site's nsglue. A derived class calls it before the connection goes.
  void end() noexcept { nsglue_.reset(); }
  /// The value of SSH_CONNECTION on the other host; empty here.
  std::string session_;

 private:
  std::optional<Child> nsglue_;
};

/// The site that is this machine.
[[nodiscard]] std::unique_ptr<Site> this_machine();

/// Connects to a host over ssh, and finds out whether we are root there. Errors: kMissing, kPrivilege,
/// kRefused, kFailure, with ssh's message and what to do.
[[nodiscard]] Result<std::unique_ptr<Site>> connect(const SiteConfig& config);

/// How long programs on another host keep running when they receive nothing.
inline constexpr std::chrono::seconds kLease{30};

}  // namespace hopcost::campaign
