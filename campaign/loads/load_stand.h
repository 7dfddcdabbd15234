// One build with the two children that make loads on it: clients where packets begin, servers where they end.
// Owned by one thread. Includes base, nsglue.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/result.h"
#include "campaign/bench/build.h"
#include "campaign/loads/capacity.h"
#include "campaign/loads/load_case.h"
#include "campaign/site/sites.h"

namespace hopcost::campaign {

/// One quantum's figures and what they are.
struct Quantum {
  nlohmann::json figures;    ///< By name; of several containers together (together.h).
  nlohmann::json kinds;      ///< [{"name", "unit", "better", ...}], as `prepare` answered, and fairness.
  std::vector<double> each;  ///< Of several containers: what each has of shared_kind()'s figure.
  std::vector<std::string> histograms;  ///< HdrHistogram, base64, a container; none where the load has none.
  nlohmann::json machine;               ///< What the machine did meanwhile: "figures", "samples", "missing".
  nlohmann::json machine_kinds;         ///< As `kinds`.
};

class LoadStand {
 public:
  /// How the children work.
  struct Way {
    bool ipv6 = false;
    bool together = false;          ///< Clients and servers share the sender's CPU.
    bool count_containers = false;  ///< What works in containers is in a cgroup, for count().
  };
  /// Starts the children. Errors: those of hopload.
  [[nodiscard]] static Result<LoadStand> put_up(Build build, Sites& sites, const Way& way);
  LoadStand(LoadStand&&) noexcept = default;
  LoadStand& operator=(LoadStand&&) = delete;
  ~LoadStand() = default;

  /// One quantum of a load on a path of the build; what it needs is made first, where it does not stand.
  /// Errors: what made it void; all of the load on that path is gone then, and the next quantum makes it
  /// anew.
  [[nodiscard]] Result<Quantum> run(const LoadCase& load, std::size_t path);
  /// The same, but for `machine` alone, with the counters of the container. They are read on each switch to
  /// it and from it, which takes longer than a round trip may: other figures of it are none.
  [[nodiscard]] Result<Quantum> count(const LoadCase& load, std::size_t path);
  /// Whether the programs a load needs are there. Errors: kMissing.
  [[nodiscard]] Result<void> find_programs(const LoadCase& load);
  /// Ends all of the load, on every path.
  void close(const LoadCase& load);

  [[nodiscard]] const Build& build() const noexcept { return build_; }

 private:
  /// A child and what it has prepared.
  struct Seat {
    Site* site = nullptr;  ///< Outlives the stand.
    std::optional<Child> child;
    std::set<std::string> prepared;
    std::string cgroup;       ///< That it works in, where the container is; or
    std::string not_counted;  ///< why it has none of its own.
    std::optional<int> cpu;
  };
  LoadStand(Build build, const Way& way) : build_(std::move(build)), way_(way) {}
  [[nodiscard]] static Result<void> seat(Seat& seat);
  [[nodiscard]] Result<nlohmann::json> prepare(Seat& seat, const LoadCase& load, std::size_t path,
                                               std::size_t container, bool server);
  [[nodiscard]] Result<void> make_ready(const LoadCase& load, std::size_t path, std::size_t container);
  [[nodiscard]] Result<void> still_served(const LoadCase& load, std::size_t path);
  [[nodiscard]] Result<Quantum> attempt(const LoadCase& load, std::size_t path, const std::string& cgroup);
  [[nodiscard]] Result<Quantum> or_forget(const LoadCase& load, std::size_t path, const std::string& cgroup);
  [[nodiscard]] Result<Quantum> search(const LoadCase& load, std::size_t path);
  void forget(const std::string& name);

  Build build_;  // outlives the children
  Way way_;
  Seat client_, server_;
  std::map<std::string, nlohmann::json> described_;  // by load, path and container: what prepare answered
  std::map<std::size_t, std::unique_ptr<CapacitySearch>> searches_;  // by path, of the case under way
};

}  // namespace hopcost::campaign
