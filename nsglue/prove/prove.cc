#include "nsglue/prove/prove.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <thread>

#include "base/netns.h"
#include "nsglue/check/quiet.h"
#include "nsglue/check/settings.h"
#include "nsglue/prove/probe_socket.h"
#include "nsglue/prove/watch.h"
#include "nsglue/show/path.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

constexpr int kProbes = 3;  // of each family
constexpr int kStampTries = 10;
constexpr std::uint16_t kDiscardPort = 9;  // RFC 863
constexpr auto kArrival = std::chrono::milliseconds(500);
constexpr auto kSettling = std::chrono::milliseconds(20);  // for what should not come
constexpr std::size_t kSettingsTold = 3;

/// The probes of one check, and what the devices saw of them.
class Prover {
 public:
  Prover(const Topology& topology, std::string instance) : t_(topology), instance_(std::move(instance)) {}

  Result<Proof> run() {
    if (auto done = open_watches(); !done) return forward(done);
    for (const int family : {AF_INET, AF_INET6}) {
      if (auto done = try_path(family); !done) return forward(done);
    }
    for (const Never& never : t_.nevers) {
      if (auto done = try_never(never); !done) return forward(done);
    }
    return std::move(proof_);
  }

 private:
  [[nodiscard]] std::string netns(const std::string& node) const { return t_.namespace_of(instance_, node); }

  Result<void> open_watches() {
    for (const Device& d : t_.devices) {
      auto inside = NetnsScope::enter(netns(d.at.node));
      if (!inside) return forward(inside);
      auto watch = Watch::open(d.at.device);
      if (!watch) return forward(watch);
      watches_.push_back(std::move(*watch));
    }
    return {};
  }

  /// What each device saw, by its place among the topology's devices.
  using Seen = std::vector<std::vector<Sight>>;

  void collect(Seen& seen) const {
    for (std::size_t i = 0; i < watches_.size(); ++i) watches_[i].collect(run_, seen[i]);
  }

  [[nodiscard]] std::size_t index_of(const DeviceRef& at) const {
    return static_cast<std::size_t>(t_.find(at) - t_.devices.data());
  }

  /// Probes of one family, once the kernel stamps what packet sockets see: it begins to from a work queue,
  /// and until then a frame has the time it was read at.
  Result<void> try_path(int family) {
    const auto to = address_of(*t_.find(t_.addressed), family);
    if (!to || !address_of(*t_.find(t_.sender), family)) return {};
    if (t_.adopted() && family == AF_INET6) return {};  // frames of our own are IPv4's
    auto end = socket_in(t_.target.node, family, t_.sinks.empty() ? kDiscardPort : t_.sinks.front().port);
    if (!end) return forward(end);
    auto begin = socket_in(t_.sender.node, family, 0);
    if (!begin) return forward(begin);
    const char* const name = family == AF_INET ? "IPv4" : "IPv6";
    proof_.probes += kProbes;
    for (int i = 0;; ++i) {
      Seen seen(watches_.size());
      int arrived = 0;
      if (auto sent = send_all(*begin, *to); !sent) {
        fault("{} probes can't be sent: {}", name, hopcost::describe(sent.error()));
        return {};
      }
      const bool timed = see_all(*end, seen, arrived);
      if (!timed && i < kStampTries) continue;
      judge(name, seen, arrived);
      if (timed && !first_lost(seen)) judge_order(name, seen);
      return {};
    }
  }

  Result<void> send_all(const Fd& socket, const Prefix& to) {
    run_ = random_();
    for (std::uint32_t i = 0; i < std::uint32_t{kProbes}; ++i) {
      auto done = t_.adopted() ? send_framed(mark(i)) : send_probe(socket, to, t_.port(), mark(i));
      if (!done) return done;
    }
    return {};
  }

  /// As the generator sends them: routes and neighbours of the sender's node are others' and may lead astray.
  Result<void> send_framed(const ProbeMark& probe) {
    auto inside = NetnsScope::enter(netns(t_.sender.node));
    if (!inside) return forward(inside);
    return send_frame(*t_.find(t_.sender), *t_.find(t_.addressed), t_.find(t_.next_hop)->mac, t_.port(),
                      probe);
  }

  /// Waits for the probes at the end, and for what should not come. False: something had no time of its own.
  bool see_all(const Fd& end, Seen& seen, int& arrived) const {
    const auto deadline = std::chrono::steady_clock::now() + kArrival;
    while (arrived < kProbes && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      arrived += receive_probes(end, run_);
    }
    std::this_thread::sleep_for(kSettling);
    const std::int64_t now =
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    collect(seen);
    arrived += receive_probes(end, run_);
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

  void judge(const char* family, const Seen& seen, int arrived) {
    const auto lost = first_lost(seen);
    if (lost) {
      fault("{} probes are lost {}{}", family, between(*lost), unquiet_at(*lost));
    } else if (arrived != kProbes) {
      fault("the socket in {} got {} of {} {} probes that passed every tap", t_.target.node, arrived, kProbes,
            family);
    }
    for (const Tap& tap : t_.taps) judge_count(family, tap, seen);
    judge_strangers(family, seen);
  }

  [[nodiscard]] std::size_t count(const Seen& seen, const Tap& tap, std::uint32_t sequence) const {
    const auto& sights = seen[index_of(tap.at)];
    return static_cast<std::size_t>(std::ranges::count_if(
        sights, [&](const Sight& s) { return s.sequence == sequence && s.out == (tap.direction == "out"); }));
  }

  /// The first tap that missed any probe.
  [[nodiscard]] std::optional<std::size_t> first_lost(const Seen& seen) const {
    for (std::size_t i = 0; i < t_.taps.size(); ++i) {
      for (std::uint32_t sequence = 0; sequence < std::uint32_t{kProbes}; ++sequence) {
        if (count(seen, t_.taps[i], sequence) == 0) return i;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string between(std::size_t tap) const {
    const std::string here = fmt::format("tap {} ({})", t_.taps[tap].name, t_.taps[tap].at.text());
    if (tap == 0) return fmt::format("between the sender {} and {}", t_.sender.text(), here);
    return fmt::format("between tap {} ({}) and {}", t_.taps[tap - 1].name, t_.taps[tap - 1].at.text(), here);
  }

  /// What may be the reason: settings of the nodes on both sides that are not quiet.
  [[nodiscard]] std::string unquiet_at(std::size_t tap) const {
    const auto read = settings(t_, instance_);
    if (!read) return {};
    const std::string& before = tap == 0 ? t_.sender.node : t_.taps[tap - 1].at.node;
    std::vector<std::string> told;
    for (const Unquiet& u : unquiet(t_, *read)) {
      const std::string node = u.where.substr(0, u.where.find('/'));
      if (node != before && node != t_.taps[tap].at.node) continue;
      if (told.size() < kSettingsTold) told.push_back(fmt::format("{} {} = {}", u.where, u.setting, u.value));
    }
    return told.empty() ? "" : fmt::format("; not quiet there: {}", fmt::join(told, ", "));
  }

  void judge_count(const char* family, const Tap& tap, const Seen& seen) {
    std::size_t most = 0;
    for (std::uint32_t sequence = 0; sequence < std::uint32_t{kProbes}; ++sequence)
      most = std::max(most, count(seen, tap, sequence));
    if (most > 1) fault("tap {} ({}) sees an {} probe {} times", tap.name, tap.at.text(), family, most);
  }

  [[nodiscard]] std::int64_t time_at(const Seen& seen, const Tap& tap, std::uint32_t sequence) const {
    for (const Sight& s : seen[index_of(tap.at)]) {
      if (s.sequence == sequence && s.out == (tap.direction == "out")) return s.time_ns;
    }
    return 0;
  }

  void judge_order(const char* family, const Seen& seen) {
    for (std::size_t i = 1; i < t_.taps.size(); ++i) {
      const Tap &before = t_.taps[i - 1], &after = t_.taps[i];
      for (std::uint32_t sequence = 0; sequence < std::uint32_t{kProbes}; ++sequence) {
        if (time_at(seen, after, sequence) >= time_at(seen, before, sequence)) continue;
        return fault("an {} probe passes tap {} ({}) before tap {} ({})", family, after.name, after.at.text(),
                     before.name, before.at.text());
      }
    }
  }

  void judge_strangers(const char* family, const Seen& seen) {
    std::vector<DeviceRef> on_path;
    for (const Hop& hop : path_of(t_)) {
      if (hop.by == Way::kUnknown) return;  // what is between is not declared
      on_path.push_back(hop.at);
    }
    for (std::size_t i = 0; i < t_.devices.size(); ++i) {
      const DeviceRef& at = t_.devices[i].at;
      if (seen[i].empty() || std::ranges::find(on_path, at) != on_path.end()) continue;
      fault("{} probes pass {}, which is not on the path", family, at.text());
    }
  }

  /// One frame of our own from where nothing may reach the other device.
  Result<void> try_never(const Never& never) {
    const Device &from = *t_.find(never.from), &to = *t_.find(never.to);
    run_ = random_();
    ++proof_.never;
    {
      auto inside = NetnsScope::enter(netns(never.from.node));
      if (!inside) return forward(inside);
      auto sent = send_frame(from, to, t_.find(never.next_hop)->mac, never.port, mark(0));
      if (!sent) return sent;
    }
    std::this_thread::sleep_for(kSettling);
    Seen seen(watches_.size());
    collect(seen);
    if (seen[index_of(never.from)].empty())
      fault("the frame that may not get from {} to {} never left", from.at.text(), to.at.text());
    if (!seen[index_of(never.to)].empty())
      fault("what {} sends reaches {}, and may not", from.at.text(), to.at.text());
    return {};
  }

  const Topology& t_;
  std::string instance_;
  std::vector<Watch> watches_;  // of the topology's devices, in their order
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
