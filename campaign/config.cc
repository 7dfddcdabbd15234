#include "campaign/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/quantity.h"
#include "base/toml_file.h"
#include "wire/frame_template.h"

namespace hopcost::campaign {
namespace {

Result<void> read_load(TomlTable& file, Load& load) {
  auto rate = file.optional_string("rate");
  if (!rate) return forward(rate);
  if (*rate) {
    auto pps = parse_packet_rate(**rate);
    if (!pps) return file.fault("rate", pps.error().what);
    load.rate_pps = *pps;
  }
  auto size = file.optional_int("size", 1, 65'535);
  if (!size) return forward(size);
  auto burst = file.optional_int("burst", 1, 1'024);
  if (!burst) return forward(burst);
  auto gap = file.optional_string("gap");
  if (!gap) return forward(gap);
  load.size = static_cast<std::uint32_t>(size->value_or(load.size));
  load.burst = static_cast<std::uint32_t>(burst->value_or(load.burst));
  load.gap = gap->value_or(load.gap);
  return file.finish();
}

template <class T>
Result<void> read_number(TomlTable& table, std::string_view key, double min, double max, T& into) {
  auto value = table.optional_number(key, min, max);
  if (!value) return forward(value);
  if (*value) into = static_cast<T>(**value);
  return {};
}

Result<void> read_gates(TomlTable& table, Gates& gates) {
  if (auto r = read_number(table, "min_rate_share", 0, 1, gates.min_rate_share); !r) return r;
  if (auto r = read_number(table, "max_missed_share", 0, 1, gates.max_missed_share); !r) return r;
  if (auto r = read_number(table, "max_ring_drops", 0, 1e12, gates.max_ring_drops); !r) return r;
  if (auto r = read_number(table, "max_steal_share", 0, 1, gates.max_steal_share); !r) return r;
  if (auto r = read_number(table, "max_slowdown", 0, 100, gates.max_slowdown); !r) return r;
  if (auto r = read_number(table, "max_clock_step_ns", 0, 1e12, gates.max_clock_step_ns); !r) return r;
  if (auto r = read_number(table, "max_softnet_drops", 0, 1e12, gates.max_softnet_drops); !r) return r;
  if (auto r = read_number(table, "max_void_share", 0, 1, gates.max_void_share); !r) return r;
  if (auto r = read_number(table, "max_slow_share", 0, 1, gates.max_slow_share); !r) return r;
  return table.finish();
}

Result<void> read_plan(TomlTable& root, Config& config) {
  auto modes = root.strings("modes");
  if (!modes) return forward(modes);
  if (!modes->empty()) config.modes = *modes;
  auto backend = root.optional_string("backend");
  if (!backend) return forward(backend);
  config.backend = backend->value_or(config.backend);
  auto taps = root.optional_string("tap_kind");
  if (!taps) return forward(taps);
  config.tap_kind = taps->value_or(config.tap_kind);
  auto fine = root.optional_bool("fine");
  if (!fine) return forward(fine);
  config.fine = fine->value_or(config.fine);
  auto budget = root.optional_string("budget");
  if (!budget) return forward(budget);
  if (*budget) {
    auto duration = parse_duration(**budget);
    if (!duration) return root.fault("budget", duration.error().what);
    config.budget_s = std::chrono::duration<double>(*duration).count();
  }
  auto twin = root.optional_string("twin_of");
  if (!twin) return forward(twin);
  config.twin_of = twin->value_or(config.twin_of);
  if (auto r = read_number(root, "slot_ms", 1, 60'000, config.slot_ms); !r) return r;
  if (auto r = read_number(root, "min_blocks", 1, 1e6, config.min_blocks); !r) return r;
  if (auto r = read_number(root, "max_blocks", 0, 1e6, config.max_blocks); !r) return r;
  if (auto r = read_number(root, "target_half_width_ns", 0, 1e9, config.target_half_width_ns); !r) return r;
  return read_number(root, "seed", 0, 9e15, config.seed);
}

bool one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Result<void> read_campaign(const std::filesystem::path& path, Config& config) {
  auto file = TomlFile::read(path);
  if (!file) return forward(file);
  TomlTable root = file->root();
  if (auto r = read_plan(root, config); !r) return r;
  auto load = root.table("load");
  if (!load) return forward(load);
  if (*load) {
    if (auto r = read_load(**load, config.load); !r) return r;
  }
  auto gates = root.table("gates");
  if (!gates) return forward(gates);
  if (*gates) {
    if (auto r = read_gates(**gates, config.gates); !r) return r;
  }
  return root.finish();
}

Result<void> validate(const Config& config) {
  const auto bad = [](std::string what, std::string hint) {
    return error(Exit::kUsage, std::move(what), std::move(hint));
  };
  if (config.modes.empty()) return bad("no modes to measure", "name some: --modes host,bridge");
  const std::set<std::string> unique(config.modes.begin(), config.modes.end());
  if (unique.size() != config.modes.size())
    return bad("a mode is named twice", "an A/A twin is twin_of in a campaign file");
  if (!config.twin_of.empty() && !unique.contains(config.twin_of) && config.twin_of != "host") {
    return bad(fmt::format("the A/A twin is of '{}', which is not among the modes", config.twin_of),
               "add it to modes");
  }
  if (!one_of(config.backend, {"af_xdp", "af_packet"})) {
    return bad(fmt::format("unknown backend '{}'", config.backend), "there are af_xdp and af_packet");
  }
  if (!one_of(config.tap_kind, {"auto", "bpf", "af_packet"})) {
    return bad(fmt::format("unknown kind of tap '{}'", config.tap_kind), "there are auto, bpf and af_packet");
  }
  if (config.fine && config.tap_kind == "af_packet")
    return bad("af_packet taps can't split a hop", "leave out --fine, or choose --tap-kind bpf");
  const Load& load = config.load;
  if (!(load.rate_pps >= 1 && load.rate_pps <= 1e8)) {
    return bad(fmt::format("a rate of {} pps can't be measured at", load.rate_pps),
               "latency needs a fixed rate of 1 to 100,000,000 pps, as in --rate 20kpps");
  }
  if (!one_of(load.gap, {"constant", "jittered", "poisson"})) {
    return bad(fmt::format("unknown gap '{}'", load.gap), "there are constant, jittered and poisson");
  }
  constexpr std::uint32_t kEthernetMtu = 1500;
  const std::uint32_t least = min_frame_size(false), most = max_frame_size(kEthernetMtu);
  if (load.size < least || load.size > most) {
    return bad(
        fmt::format("a frame of {} bytes does not do", load.size),
        fmt::format("the probe fits frames of {} to {} bytes (with FCS): --size {}", least, most, least));
  }
  if (load.burst < 1) return bad("a burst of 0 sends nothing", "use --burst 1 for latency");
  if (!(config.budget_s > 0 && config.budget_s <= 7 * 86'400))
    return bad("the budget must be above 0 and at most a week", "as in --budget 60s");
  if (!(config.slot_ms >= 1)) return bad("a slot must last at least 1 ms", "as in slot_ms = 100");
  if (slot_packets(config) < 20) {
    return bad(fmt::format("a slot of {} ms at {} pps holds {} packets: too few", config.slot_ms,
                           load.rate_pps, slot_packets(config)),
               "raise the rate or slot_ms until there are 20");
  }
  return {};
}

std::uint64_t slot_packets(const Config& config) {
  return static_cast<std::uint64_t>(config.load.rate_pps * config.slot_ms / 1000);
}

}  // namespace hopcost::campaign
