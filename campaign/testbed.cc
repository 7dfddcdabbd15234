#include "campaign/testbed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "base/log.h"
#include "base/programs.h"
#include "base/signals.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr std::uint16_t kDiscardPort = 9;  // RFC 863
/// A slot waits so long for a busy neighbour to leave the sender's core, then runs all the same (and is
/// void).
constexpr double kPatienceMs = 1000;
/// All slots together wait so much of the budget at most: where the neighbours never leave, a run ends in
/// time, unfit.
constexpr double kWaitingShare = 0.3;

/// Picks the sender's CPU (the last we may use, unless told) and moves this process, and so the children it
/// starts, to the others. With one CPU all share it.
Result<int> place(int wanted) {
  static cpu_set_t at_start;  // a testbed before this one has narrowed it
  static const bool known = sched_getaffinity(0, sizeof at_start, &at_start) == 0;
  if (!known) return errno_error(errno, "read the CPU affinity");
  cpu_set_t allowed = at_start;
  int sender = wanted;
  for (int cpu = 0; wanted < 0 && cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) sender = cpu;
  }
  if (sender >= CPU_SETSIZE || !CPU_ISSET(sender, &allowed)) {
    return error(Exit::kUsage, fmt::format("CPU {} is not one we may use", sender), "see: taskset -p $$");
  }
  if (CPU_COUNT(&allowed) < 2) {
    log_warn("one CPU only: the analyzer takes turns with the sender, expect void slots");
    return sender;
  }
  CPU_CLR(sender, &allowed);
  if (sched_setaffinity(0, sizeof allowed, &allowed) != 0) return errno_error(errno, "set the CPU affinity");
  return sender;
}

std::uint16_t port_of_sink(const Path& path) {
  return path.built.sinks.empty() ? kDiscardPort : path.built.sinks.front().port;
}

/// As pktgen's `run` takes it.
json frame_of(const Config& config, const Path& path) {
  return {{"size", config.load.size},         {"src_mac", path.built.sender.mac},
          {"dst_mac", path.built.target.mac}, {"src_ip", path.built.sender.ipv4},
          {"dst_ip", path.built.target.ipv4}, {"src_port", kDiscardPort},
          {"dst_port", port_of_sink(path)}};
}

/// Two flows of that frame in turn, in the short form of doc/profiles.md.
std::string flows_of(const Config& config, const Path& path, unsigned first, unsigned second) {
  const std::string frame =
      fmt::format("eth/ipv4(src={},dst={})/udp(src_port={},dst_port={}) size={}", path.built.sender.ipv4,
                  path.built.target.ipv4, kDiscardPort, port_of_sink(path), config.load.size);
  return fmt::format("{0} id={1};{0} id={2}", frame, first, second);
}

/// Packets whose times are left out at the start of a slot.
std::uint64_t warm_up_packets(const Config& config) {
  return static_cast<std::uint64_t>(static_cast<double>(slot_packets(config)) * kWarmUpShare);
}

}  // namespace

Result<Testbed> Testbed::open(const Config& config) {
  Testbed bed;
  if (auto r = bed.build(config); !r) return forward(r);
  auto cpu = place(config.sender_cpu);
  if (!cpu) return forward(cpu);
  bed.sender_cpu_ = *cpu;
  bed.next_seed_ = config.seed;
  if (auto r = bed.start_children(); !r) return forward(r);
  if (auto r = bed.choose_taps(config); !r) return forward(r);
  for (const Path& p : bed.paths_) {
    if (p.role == Role::kRepeat) continue;
    if (stop_requested()) return error(Exit::kPartial, "stopped while the modes were being built");
    if (auto r = bed.open_path(config, p); !r) return forward(r);
  }
  bed.open_as_.assign(bed.paths_.size(), SlotKind::kEnd);
  return bed;
}

Testbed::~Testbed() {
  pktgen_.reset();
  analyzer_.reset();
  for (const Path& p : paths_) {
    if (p.role == Role::kRepeat) continue;
    if (auto r = nsglue::down(p.instance); !r) {
      log_error("{}", describe(r.error()));
      log_error("remove what is left with: sudo nsglue down {}", p.instance);
    }
  }
}

Result<void> Testbed::build(const Config& config) {
  std::filesystem::path folder = config.topologies;
  if (folder.empty()) {
    auto found = find_data("topologies");
    if (!found) return forward(found);
    folder = *found;
  }
  std::vector<std::pair<std::string, Role>> wanted;
  for (const auto& mode : config.modes) wanted.emplace_back(mode, Role::kMode);
  if (!config.twin_of.empty()) {
    wanted.emplace_back(config.twin_of, Role::kRepeat);
    if (config.rebuild) wanted.emplace_back(config.twin_of, Role::kRebuild);
  }
  for (const auto& [mode, role] : wanted) {  // all files are read before anything is built
    auto topology = nsglue::find_topology(mode, folder);
    if (!topology) return forward(topology);
    const std::string& name = topology->name;
    const std::string rebuilt = name + "-rebuild";
    const bool repeat = role == Role::kRepeat, rebuild = role == Role::kRebuild;
    Path path{.name = repeat    ? name + "-repeat"
                      : rebuild ? rebuilt
                                : name,
              .instance = rebuild ? rebuilt : name,
              .topology = {},
              .built = {},
              .role = role};
    path.topology = std::move(*topology);
    paths_.push_back(std::move(path));
  }
  return raise();
}

Result<void> Testbed::raise() {
  for (Path& p : paths_) {
    if (p.role == Role::kRepeat) {
      const auto shared = std::ranges::find(paths_, p.instance, &Path::name);
      p.built = shared->built;  // modes come first, and validate() has seen that it is one
      continue;
    }
    auto built = nsglue::up(p.topology, p.instance);
    if (!built) return forward(built);
    p.built = std::move(*built);
  }
  return {};
}

Result<void> Testbed::start_children() {
  auto pktgen = find_program("pktgen");
  if (!pktgen) return forward(pktgen);
  auto analyzer = find_program("analyzer");
  if (!analyzer) return forward(analyzer);
  auto p = Child::start({pktgen->string(), "--control", "--cpu", std::to_string(sender_cpu_)});
  if (!p) return forward(p);
  pktgen_.emplace(std::move(*p));
  auto a = Child::start({analyzer->string(), "--control"});
  if (!a) return forward(a);
  analyzer_.emplace(std::move(*a));
  return {};
}

Result<void> Testbed::choose_taps(const Config& config) {
  tap_kind_ = config.tap_kind;
  if (tap_kind_ == "auto") {
    auto kinds = analyzer_->call("kinds", json::object());
    if (!kinds) return forward(kinds);
    tap_kind_ = get_string_or(*kinds, "best", "af_packet");
  }
  if (config.fine && tap_kind_ != kBpfTaps)
    return error(Exit::kMissing, "--fine needs taps of kind bpf, which can't be had here",
                 "see: analyzer --list-taps");
  choose_points(paths_, tap_kind_, config.fine);
  return {};
}

Result<void> Testbed::open_path(const Config& config, const Path& path) {
  auto port = pktgen_->call("open", {{"port", path.instance},
                                     {"spec", config.backend + ":" + path.built.sender.device},
                                     {"netns", path.built.sender.netns}});
  if (!port) return forward(port);
  backend_ = fmt::format("{} ({})", get_string_or(*port, "backend", config.backend),
                         get_string_or(*port, "mode", "?"));
  json sinks = json::array();  // a tap on the socket is its own sink
  const std::uint16_t watched = path.points.back().port;
  for (const auto& s : path.built.sinks) {
    if (s.port != watched) sinks.push_back({{"netns", s.netns}, {"port", s.port}});
  }
  const json wanted = {
      {"path", path.instance}, {"taps", taps_for(path, tap_kind_, SlotKind::kEnd)}, {"sinks", sinks}};
  auto armed = analyzer_->call("arm", {{"paths", json::array({wanted})}});
  if (!armed) return forward(armed);
  return {};
}

Result<void> Testbed::set_taps(const Path& path, SlotKind kind) {
  const std::vector<json> wanted = taps_for(path, tap_kind_, kind);
  json close = json::array();
  for (const json& t : taps_for(path, tap_kind_, open_as_[static_cast<std::size_t>(&path - paths_.data())])) {
    if (std::find(wanted.begin(), wanted.end(), t) == wanted.end()) close.push_back(t["name"]);
  }
  if (!close.empty()) {
    const json unwanted = {{"path", path.instance}, {"taps", close}};
    if (auto r = analyzer_->call("disarm", {{"paths", json::array({unwanted})}}); !r) return forward(r);
  }
  const json armed = {{"path", path.instance}, {"taps", wanted}};
  auto r = analyzer_->call("arm", {{"paths", json::array({armed})}});
  if (!r) return forward(r);
  return {};
}

Result<void> Testbed::enter(SlotKind kind, const std::vector<std::size_t>& paths) {
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const bool takes_part = std::find(paths.begin(), paths.end(), i) != paths.end();
    const SlotKind wanted = takes_part ? kind : SlotKind::kEnd;
    if (open_as_[i] == wanted) continue;
    if (auto r = set_taps(paths_[i], wanted); !r) return r;
    open_as_[i] = wanted;
  }
  return {};
}

Testbed::Requests Testbed::requests_for(const Config& config, const Path& path, std::uint16_t flow) {
  const json lane = {{"path", path.instance}, {"flow", flow}};
  return {.expect = {{"lanes", json::array({lane})}, {"sender_cpu", sender_cpu_}},
          .run = {{"port", path.instance},
                  {"count", slot_packets(config)},
                  {"rate_pps", config.load.rate_pps},
                  {"gap", config.load.gap},
                  {"burst", config.load.burst},
                  {"seed", ++next_seed_}},
          .collect = {{"lanes", json::array({lane})}, {"timeout_ms", 200}}};
}

/// The answer of each lane holds the host's state too. Where a lane names no "sent", all that was sent is
/// meant.
Result<Testbed::Answers> Testbed::exchange(const Config& config, Requests&& requests) {
  auto ready = analyzer_->call("expect", requests.expect);
  if (!ready) return forward(ready);
  const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(config.slot_ms * 4) + 10'000);
  auto sent = pktgen_->call("run", requests.run, limit);
  if (!sent) return forward(sent);
  for (json& lane : requests.collect["lanes"])
    if (!lane.contains("sent")) lane["sent"] = get_uint_or(*sent, "sent", 0);
  auto collected = analyzer_->call("collect", requests.collect);
  if (!collected) return forward(collected);
  if (!collected->contains("lanes")) return error(Exit::kFailure, "the analyzer answered without lanes");
  std::vector<json> lanes = (*collected)["lanes"];
  if (lanes.size() != requests.collect["lanes"].size())
    return error(Exit::kFailure, "the analyzer answered without some of the lanes");
  for (json& lane : lanes) lane["host"] = collected->value("host", json::object());
  return Answers{std::move(*sent), std::move(lanes)};
}

Result<SlotResult> Testbed::run(const Config& config, const PlannedSlot& planned, std::uint32_t block) {
  const Path& path = paths_[planned.path];
  const std::uint16_t flow = ++next_flow_;
  Requests requests = requests_for(config, path, flow);
  requests.expect["first_sequence"] = warm_up_packets(config);
  const double patience_ms =
      std::clamp(config.budget_s * 1000 * kWaitingShare - waited_ms_, 0.0, kPatienceMs);
  requests.run.update({{"flow", flow},
                       {"first_sequence", 0},
                       {"frame", frame_of(config, path)},
                       {"calm_work_ns", best_work_ns_ * (1 + config.gates.max_slowdown / 2)},
                       {"calm_wait_ms", static_cast<std::uint64_t>(patience_ms)}});
  auto answers = exchange(config, std::move(requests));
  if (!answers) return forward(answers);
  auto slot = decode_slot(answers->sent, answers->lanes[0]);
  if (!slot) return forward(slot);
  if (slot->audit.is_object()) waited_ms_ += get_number_or(slot->audit, "waited_ns", 0) / 1e6;
  slot->kind = planned.kind;
  slot->path = planned.path;
  slot->block = block;
  if (slot->work_ns > 0 && (best_work_ns_ == 0 || slot->work_ns < best_work_ns_))
    best_work_ns_ = slot->work_ns;
  slot->voided_by = broken_gates(config.gates, config.load.rate_pps, *slot, answers->sent, answers->lanes[0]);
  if (slot->work_ns > best_work_ns_ * (1 + config.gates.max_slowdown)) slot->voided_by.emplace_back(kSlowCpu);
  return slot;
}

Result<SlotPair> Testbed::run_pair(const Config& config, const PlannedSlot& planned) {
  const Path& path = paths_[planned.path];
  const auto even = static_cast<std::uint16_t>((next_flow_ | 1u) + 1u);
  const auto odd = next_flow_ = static_cast<std::uint16_t>(even + 1u);
  Requests requests = requests_for(config, path, even);
  const std::uint64_t each = slot_packets(config) / 2;
  const json lanes = {{{"path", path.instance}, {"flow", even}, {"sent", each}},
                      {{"path", path.instance}, {"flow", odd}, {"sent", each}}};
  requests.expect.update({{"lanes", lanes}, {"first_sequence", warm_up_packets(config) / 2}});
  requests.run.update({{"count", 2 * each},
                       {"profile", flows_of(config, path, even, odd)},
                       {"frame", frame_of(config, path)}});
  requests.collect["lanes"] = lanes;
  auto answers = exchange(config, std::move(requests));
  if (!answers) return forward(answers);
  const json& sent = answers->sent;
  SlotPair pair;
  for (auto& [slot, answer] :
       {std::tie(pair.even, answers->lanes[0]), std::tie(pair.odd, answers->lanes[1])}) {
    auto decoded = decode_slot(sent, answer);
    if (!decoded) return forward(decoded);
    slot = std::move(*decoded);
    slot.kind = planned.kind;
    slot.path = planned.path;
    slot.voided_by = broken_gates(config.gates, config.load.rate_pps, slot, sent, answer);
  }
  if (!pair.odd.counts()) pair.even.voided_by = pair.odd.voided_by;
  if (!pair.even.counts()) pair.odd.voided_by = pair.even.voided_by;
  return pair;
}

Result<std::vector<std::string>> Testbed::drift() const {
  std::vector<std::string> found;
  for (const Path& p : paths_) {
    if (p.role == Role::kRepeat) continue;
    auto differences = nsglue::check(p.topology, p.instance);
    if (!differences) return forward(differences);
    for (const auto& d : *differences) found.push_back(nsglue::text(d));
  }
  return found;
}

json Testbed::settings() const {
  json all = json::object();
  for (const Path& p : paths_) {
    if (p.role == Role::kRepeat) continue;
    auto s = nsglue::settings(p.topology, p.instance);
    all[p.name] = s ? *s : json(describe(s.error()));
  }
  return all;
}

}  // namespace hopcost::campaign
