// Where a run's programs are started: this machine, or another over ssh. The one seam between the two:
// whoever has a Site starts children there and asks its nsglue, and cannot tell which it is. One owner
// thread. Includes base/, design/ and nsglue's descriptions.
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

namespace hopcost::campaign {

/// A network interface of a site, as nsglue sees it.
struct SiteNic {
  std::string device;
  std::uint32_t tx_queues = 0, rx_queues = 0;
};

/// The addresses a mode's frames carry between two hosts.
struct SiteWire {
  std::string from, to;
};

class Site {
 public:
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  virtual ~Site() = default;

  /// "this machine", or the host.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  /// Starts a program of ours there. Errors: Child::start()'s, with what to do about them.
  [[nodiscard]] virtual Result<Child> start(const std::string& program,
                                            const std::vector<std::string>& arguments) = 0;
  /// What it takes here, before anything is built. Errors: become_able()'s.
  [[nodiscard]] virtual Result<void> become_able(bool rootless) = 0;
  /// Keeps other runs from measuring there until the site goes. Errors: kRefused.
  [[nodiscard]] virtual Result<void> lock() = 0;
  /// Chooses the sender's CPU; what is started afterwards runs on the others. Errors: place()'s.
  [[nodiscard]] virtual Result<Placement> place(int wanted, bool steer) = 0;

  // Of the site's nsglue (doc/control-protocol.md), which is started by the first call. Errors: its own.
  /// Of environment.json.
  [[nodiscard]] Result<nlohmann::json> machine();
  /// look_at_clocks() there.
  [[nodiscard]] Result<ClockFacts> clocks(int cpu);
  /// Has its kernel's netfilter in use, so that it does not depend on others whether it is: until the site
  /// goes. A kernel without it is none the worse; environment.json says which.
  [[nodiscard]] Result<void> hold_netfilter();
  /// How far its clock is ahead of this machine's, ns, half of the exchange's length either way.
  [[nodiscard]] Result<std::int64_t> clock_ahead_ns();
  /// Looks at an interface; with `deal` it becomes the wire of instances from then on.
  [[nodiscard]] Result<SiteNic> nic(const std::string& device, bool deal);
  /// What its kernel has not for a topology.
  [[nodiscard]] Result<std::vector<std::string>> lacks(const nsglue::Topology& topology);
  /// Removes what killed runs left; gives how many instances.
  [[nodiscard]] Result<std::size_t> sweep();
  /// Makes an instance stand, which goes with the site's nsglue at the latest; gives it as it stands.
  [[nodiscard]] Result<nsglue::Topology> up(const nsglue::Topology& topology, const std::string& instance);
  /// Puts an instance that stands on the interface of nic().
  [[nodiscard]] Result<SiteWire> deal(const std::string& instance);
  /// Removes an instance.
  [[nodiscard]] Result<void> down(const std::string& instance);
  /// What differs from the declaration.
  [[nodiscard]] Result<std::vector<std::string>> check(const std::string& instance);
  /// What is wrong with the path, by packets.
  [[nodiscard]] Result<std::vector<std::string>> prove(const std::string& instance);
  /// Every setting of an instance, read back.
  [[nodiscard]] Result<nlohmann::json> settings(const std::string& instance);

 protected:
  Site() = default;
  /// The call that all of these make.
  [[nodiscard]] Result<nlohmann::json> ask(const std::string& op, nlohmann::json arguments);
  /// The site's nsglue goes: before the way to it does.
  void end() noexcept { nsglue_.reset(); }
  /// What the other end calls SSH_CONNECTION; empty here.
  std::string session_;

 private:
  std::optional<Child> nsglue_;
};

/// This machine.
[[nodiscard]] std::unique_ptr<Site> this_machine();

/// Connects, and looks at who we are there. Errors: kMissing, kPrivilege, kFailure with what ssh says and
/// what to do.
[[nodiscard]] Result<std::unique_ptr<Site>> connect(const SiteConfig& config);

/// How long the far side goes on when nobody speaks to it.
inline constexpr std::chrono::seconds kLease{30};

}  // namespace hopcost::campaign
