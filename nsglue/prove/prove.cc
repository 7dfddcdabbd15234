#include "nsglue/prove/prove.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <thread>

#include "base/descriptors.h"
#include "base/netns.h"
#include "nsglue/check/quiet.h"
#include "nsglue/check/settings.h"
#include "nsglue/kinds/kind.h"
#include "nsglue/prove/judge.h"
#include "nsglue/prove/probe_socket.h"
#include "nsglue/prove/watch.h"
#include "nsglue/topology/containers.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

constexpr int kStampTries = 10;
constexpr auto kArrival = std::chrono::milliseconds(500);
constexpr auto kSettling = std::chrono::milliseconds(20);  // how long to wait for what should not come
/// Containers, or frames that may not arrive, that are tried at once: the wire's watch has room for all their
/// probes.
constexpr std::size_t kMostAtOnce = 32;

/// Sends the probes of one check and collects what the devices saw of them.
class Prover {
 public:
  Prover(const Topology& topology, std::string instance) : t_(topology), instance_(std::move(instance)) {}

  Result<Proof> run() {
    if (auto done = open_watches(); !done) return forward(done);
    for (std::size_t i = 0; i < container_count(t_); ++i) views_.push_back(container_view(t_, i));
    proof_.containers = static_cast<int>(views_.size());
    for (std::size_t first = 0; first < views_.size(); first += kMostAtOnce) {
      const auto at_once = std::span(views_).subspan(first, std::min(kMostAtOnce, views_.size() - first));
      for (const int family : {AF_INET, AF_INET6}) {
        if (auto done = try_paths(at_once, first, family); !done) return forward(done);
      }
    }
    for (std::size_t first = 0; first < t_.nevers.size(); first += kMostAtOnce) {
      const auto all = std::span(t_.nevers);
      auto done = try_nevers(all.subspan(first, std::min(kMostAtOnce, all.size() - first)));
      if (!done) return forward(done);
    }
    return std::move(proof_);
  }

 private:
  using Views = std::span<const Topology>;

  [[nodiscard]] std::string netns(const std::string& node) const { return t_.namespace_of(instance_, node); }

  Result<void> open_watches() {
    if (auto room = allow_descriptors(t_.devices.size() + kMostAtOnce); !room) return room;
    for (const Device& d : t_.devices) {
      watches_.emplace_back();
      if (is_in_machine(d.kind)) continue;  // no packet can be seen there
      auto inside = NetnsScope::enter(netns(d.at.node));
      if (!inside) return forward(inside);
      auto watch = Watch::open(d.at.device);
      if (!watch) return forward(watch);
      watches_.back() = std::move(*watch);
    }
    return {};
  }

  void collect(Seen& seen) const {
    for (std::size_t i = 0; i < watches_.size(); ++i) {
      if (watches_[i]) watches_[i]->collect(run_, seen[i]);
    }
  }

  [[nodiscard]] std::size_t index_of(const DeviceRef& at) const {
    return static_cast<std::size_t>(t_.find(at) - t_.devices.data());
  }

  /// Sends probes of one family to several containers, again until every frame has a stamp of its own. The
  /// kernel starts to stamp packet sockets' frames from a work queue; until then a frame gets the time at
  /// which it is read.
  Result<void> try_paths(Views views, std::size_t first, int family) {
    if (!address_of(*t_.find(t_.sender), family) || !address_of(*t_.find(t_.addressed), family)) return {};
    if (t_.adopted() && family == AF_INET6) return {};  // frames of our own are IPv4's
    std::vector<Fd> ends;
    for (const Topology& view : views) {
      auto end = view.ends_in_machine() ? socket_in(t_.sender.node, family, 0)
                                        : socket_in(view.target.node, family, view.end_port());
      if (!end) return forward(end);
      ends.push_back(std::move(*end));
    }
    auto begin = socket_in(t_.sender.node, family, 0);
    if (!begin) return forward(begin);
    const char* const name = family == AF_INET ? "IPv4" : "IPv6";
    proof_.probes += static_cast<int>(kProbes * views.size());
    for (int i = 0;; ++i) {
      if (auto sent = send_all(*begin, ends, views, family); !sent) {
        fault("{} probes can't be sent: {}", name, hopcost::describe(sent.error()));
        return {};
      }
      Seen seen(watches_.size());
      std::vector<std::uint32_t> arrived(views.size());
      const bool timed = see_all(ends, seen, arrived);
      if (!timed && i < kStampTries) continue;
      for (std::size_t v = 0; v < views.size(); ++v)
        judge(views[v], first + v, name, seen, v, arrived[v], timed);
      return {};
    }
  }

  /// When there are many containers, each fault names its container.
  void judge(const Topology& view, std::size_t container, const char* family, const Seen& seen,
             std::size_t place, std::uint32_t arrived, bool timed) {
    const std::function<const std::vector<Unquiet>&()> ask = [this]() -> auto& {
      return what_is_unquiet();
    };
    std::vector<std::string> faults;
    PathJudge(t_, view, seen, base_of(place), ask, faults).judge(family, arrived, timed);
    for (const std::string& f : faults)
      proof_.faults.push_back(views_.size() == 1 ? f : fmt::format("container {}: {}", container + 1, f));
  }

  static std::uint32_t base_of(std::size_t place) { return static_cast<std::uint32_t>(place) * kProbes; }

  /// A machine answers to the socket that sent the probe, so its probes are sent from the end's socket.
  Result<void> send_all(const Fd& begin, const std::vector<Fd>& ends, Views views, int family) {
    run_ = random_();
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) {
      for (std::size_t v = 0; v < views.size(); ++v) {
        const Fd& socket = views[v].ends_in_machine() ? ends[v] : begin;
        auto done = send_one(socket, views[v], family, mark(base_of(v) + probe));
        if (!done) return done;
      }
    }
    return {};
  }

  Result<void> send_one(const Fd& socket, const Topology& view, int family, const ProbeMark& probe) {
    const Device& addressed = *view.find(view.addressed);
    if (!t_.adopted()) return send_probe(socket, *address_of(addressed, family), view.port(), probe);
    // Sent as the generator sends them: the routes and neighbours of the sender's node are others' and may
    // lead elsewhere.
    auto inside = NetnsScope::enter(netns(t_.sender.node));
    if (!inside) return forward(inside);
    return send_frame(*t_.find(t_.sender), addressed, view.find(view.next_hop)->mac, view.port(), probe);
  }

  /// Waits for the probes at the ends, then for what should not come. False when a frame had no stamp of its
  /// own.
  bool see_all(const std::vector<Fd>& ends, Seen& seen, std::vector<std::uint32_t>& arrived) const {
    const auto receive = [&] {
      for (std::size_t i = 0; i < ends.size(); ++i)
        arrived[i] += static_cast<std::uint32_t>(receive_probes(ends[i], run_));
    };
    const auto deadline = std::chrono::steady_clock::now() + kArrival;
    const auto all_there = [&] { return std::ranges::all_of(arrived, [](auto n) { return n >= kProbes; }); };
    while (!all_there() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      receive();
    }
    std::this_thread::sleep_for(kSettling);
    const std::int64_t now =
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    collect(seen);
    receive();
    return std::ranges::all_of(seen, [&](const auto& sights) {
      return std::ranges::all_of(sights, [&](const Sight& s) { return s.time_ns < now; });
    });
  }

  static std::optional<Prefix> address_of(const Device& d, int family) {
    const auto& list = family == AF_INET ? d.ipv4 : d.ipv6;
    return list.empty() ? std::nullopt : parse_prefix(list.front());
  }

  Result<Fd> socket_in(const std::string& node, int family, std::uint16_t port) {
    auto inside = NetnsScope::enter(netns(node));
    if (!inside) return forward(inside);
    return udp_socket(family, port);
  }

  [[nodiscard]] ProbeMark mark(std::uint32_t sequence) const { return {.run = run_, .sequence = sequence}; }

  template <class... Args>
  void fault(fmt::format_string<Args...> words, Args&&... args) {
    proof_.faults.push_back(fmt::format(words, std::forward<Args>(args)...));
  }

  /// Reads the settings when the first probe is lost.
  const std::vector<Unquiet>& what_is_unquiet() {
    if (!unquiet_) {
      const auto read = settings(t_, instance_);
      unquiet_ = read ? unquiet(t_, *read) : std::vector<Unquiet>();
    }
    return *unquiet_;
  }

  /// Sends one frame of our own from each device that must not reach another.
  Result<void> try_nevers(std::span<const Never> nevers) {
    run_ = random_();
    proof_.never += static_cast<int>(nevers.size());
    for (std::uint32_t i = 0; i < nevers.size(); ++i) {
      const Never& never = nevers[i];
      auto inside = NetnsScope::enter(netns(never.from.node));
      if (!inside) return forward(inside);
      auto sent = send_frame(*t_.find(never.from), *t_.find(never.to), t_.find(never.next_hop)->mac,
                             never.port, mark(i));
      if (!sent) return sent;
    }
    std::this_thread::sleep_for(kSettling);
    Seen seen(watches_.size());
    collect(seen);
    for (std::uint32_t i = 0; i < nevers.size(); ++i) {
      const auto passed = [&](const DeviceRef& at) {
        return std::ranges::find(seen[index_of(at)], i, &Sight::sequence) != seen[index_of(at)].end();
      };
      const DeviceRef &from = nevers[i].from, &to = nevers[i].to;
      if (!passed(from)) fault("the frame that may not get from {} to {} never left", from.text(), to.text());
      if (passed(to)) fault("what {} sends reaches {}, and may not", from.text(), to.text());
    }
    return {};
  }

  const Topology& t_;
  std::string instance_;
  std::vector<std::optional<Watch>> watches_;  // one for each device of the topology, in its order
  std::vector<Topology> views_;                // one for each container
  std::optional<std::vector<Unquiet>> unquiet_;
  std::random_device random_;
  std::uint32_t run_ = 0;
  Proof proof_;
};

}  // namespace

Result<Proof> prove(const Topology& topology, const std::string& instance) {
  if (auto valid = validate_instance(instance); !valid) return forward(valid);
  if (topology.from_outside())
    return error(Exit::kRefused,
                 fmt::format("packets come into {} from outside this machine", topology.sender.text()));
  return Prover(topology, instance).run();
}

}  // namespace hopcost::nsglue
