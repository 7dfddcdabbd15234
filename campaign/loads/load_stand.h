// A build with the two child processes that make loads on it: clients where packets begin, servers where they
// end. Owned by one thread. Includes base, nsglue.
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

/// The figures of one quantum, and what they mean.
struct Quantum {
  nlohmann::json figures;    ///< By name; several containers' combined (together.h).
  nlohmann::json kinds;      ///< [{"name", "unit", "better", ...}], as `prepare` answered, with fairness.
  std::vector<double> each;  ///< Only for several containers: each one's value of shared_kind()'s figure.
  std::vector<std::string> histograms;  ///< One HdrHistogram per container, base64; none if the load has no
                                        ///< times.
  nlohmann::json machine;               ///< What the machine did during the quantum: "figures", "samples",
                                        ///< "missing".
  nlohmann::json machine_kinds;         ///< As `kinds`, for machine's "figures".
};

class LoadStand {
 public:
  /// How the children work.
  struct Way {
    bool ipv6 = false;
    bool together = false;          ///< Clients and servers share the sender's CPU.
    bool count_containers = false;  ///< Programs in containers run in a cgroup, for count().
  };
  /// Starts the children. `sites` must outlive the stand. Errors: hopload's.
  [[nodiscard]] static Result<LoadStand> put_up(std::shared_ptr<Build> build, Sites& sites, const Way& way);
  LoadStand(LoadStand&&) noexcept = default;
  LoadStand& operator=(LoadStand&&) = delete;
  ~LoadStand() = default;

  /// Runs one quantum of a load on a path of the build, and first starts clients and servers that do not run
  /// yet. Errors: what made the quantum void; then everything of the load on that path is ended, and the next
  /// quantum starts it anew.
  [[nodiscard]] Result<Quantum> run(const LoadCase& load, std::size_t path);
  /// The same, with the counters of the container; only `machine` of the result means anything. The counters
  /// are read at each switch to the container's programs and away from them, which may take longer than a
  /// round trip.
  [[nodiscard]] Result<Quantum> count(const LoadCase& load, std::size_t path);
  /// Checks that the programs that a load needs are installed. Errors: kMissing.
  [[nodiscard]] Result<void> find_programs(const LoadCase& load);
  /// Ends everything of the load, on every path.
  void close(const LoadCase& load);

  [[nodiscard]] const std::shared_ptr<Build>& build() const noexcept { return build_; }

 private:
  /// A child process and what it has prepared.
  struct Seat {
    Site* site = nullptr;  ///< Outlives the stand.
    std::optional<Child> child;
    std::set<std::string> prepared;
    std::string cgroup;       ///< Cgroup of its programs, if it is in the container; or
    std::string not_counted;  ///< why it has none.
    std::optional<int> cpu;
  };
  LoadStand(std::shared_ptr<Build> build, const Way& way) : build_(std::move(build)), way_(way) {}
  [[nodiscard]] static Result<void> seat(Seat& seat);
  [[nodiscard]] Result<nlohmann::json> prepare(Seat& seat, const LoadCase& load, std::size_t path,
                                               std::size_t container, bool server);
  [[nodiscard]] Result<void> make_ready(const LoadCase& load, std::size_t path, std::size_t container);
  [[nodiscard]] Result<void> still_served(const LoadCase& load, std::size_t path);
  [[nodiscard]] Result<Quantum> attempt(const LoadCase& load, std::size_t path, const std::string& cgroup);
  [[nodiscard]] Result<Quantum> or_forget(const LoadCase& load, std::size_t path, const std::string& cgroup);
  [[nodiscard]] Result<Quantum> search(const LoadCase& load, std::size_t path);
  void forget(const std::string& name);

  std::shared_ptr<Build> build_;  // outlives the children
  Way way_;
  Seat client_, server_;
  std::map<std::string, nlohmann::json> described_;  // by load, path and container: the answer to prepare
  std::map<std::size_t, std::unique_ptr<CapacitySearch>> searches_;  // by path, for the current case
};

}  // namespace hopcost::campaign
