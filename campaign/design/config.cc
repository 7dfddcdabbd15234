#include "campaign/design/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <type_traits>

#include "base/quantity.h"
#include "base/text.h"
#include "base/toml_file.h"
#include "campaign/design/slot_length.h"
#include "nsglue/cni_mode.h"
#include "nsglue/topology/containers.h"
#include "wire/frame_template.h"

namespace hopcost::campaign {
namespace {

constexpr std::uint32_t kMostDepartures = 65'536;  // of a train (doc/control-protocol.md)

template <class T>
Result<void> read_number(TomlTable& table, std::string_view key, double min, double max, T& into) {
  if constexpr (std::is_integral_v<T>) {
    auto value = table.optional_int(key, static_cast<std::int64_t>(min), static_cast<std::int64_t>(max));
    if (!value) return forward(value);
    if (*value) into = static_cast<T>(**value);
  } else {
    auto value = table.optional_number(key, min, max);
    if (!value) return forward(value);
    if (*value) into = **value;
  }
  return {};
}

/// Reads one value or a list of values, which replace those in `into`. `read` turns an element's text into T.
template <class T, class Read>
Result<void> read_list(TomlTable& table, const char* key, Read&& read, std::vector<T>& into) {
  auto text = table.optional_text(key);
  if (!text) return forward(text);
  if (!*text) return {};
  std::vector<T> values;
  for (const std::string& word : split(**text, '|')) {
    auto value = read(word);
    if (!value) return table.fault(key, value.error().what);
    values.push_back(*value);
  }
  into = std::move(values);
  return {};
}

Result<void> read_load(TomlTable& table, Config& config) {
  if (auto r = read_list(table, "rate", parse_packet_rate, config.rates); !r) return r;
  if (auto r = read_list(table, "size", parse_whole, config.sizes); !r) return r;
  if (auto r = read_list(table, "burst", parse_whole, config.bursts); !r) return r;
  if (auto r = read_list(table, "containers", parse_whole, config.containers); !r) return r;
  if (auto r = read_list(table, "deal", parse_deal, config.deals); !r) return r;
  auto gap = table.optional_string("gap");
  if (!gap) return forward(gap);
  config.gap = gap->value_or(config.gap);
  return table.finish();
}

Result<void> read_trains(TomlTable& table, Trains& trains) {
  if (auto r = read_number(table, "departures", 2, kMostDepartures, trains.departures); !r) return r;
  if (auto r = read_number(table, "untimed", 0, kMostDepartures, trains.untimed); !r) return r;
  return table.finish();
}

Result<void> read_gates(TomlTable& table, Gates& gates) {
  if (auto r = read_number(table, "max_ring_drops", 0, 1e12, gates.max_ring_drops); !r) return r;
  if (auto r = read_number(table, "max_clock_step_ns", 0, 1e12, gates.max_clock_step_ns); !r) return r;
  return table.finish();
}

Result<void> read_tester(TomlTable& table, SiteConfig& site) {
  const auto word = [&](const char* key, std::string& into) -> Result<void> {
    auto text = table.optional_string(key);
    if (!text) return forward(text);
    into = text->value_or(into);
    return {};
  };
  if (auto r = word("host", site.host); !r) return r;
  if (auto r = word("nic", site.nic); !r) return r;
  if (auto r = word("folder", site.folder); !r) return r;
  auto ssh = table.strings("ssh");
  if (!ssh) return forward(ssh);
  site.ssh = std::move(*ssh);
  return table.finish();
}

Result<void> read_device(TomlTable& table, SiteConfig& site) {
  auto wire = table.optional_string("wire");
  if (!wire) return forward(wire);
  site.wire = wire->value_or(site.wire);
  return read_tester(table, site);
}

Result<void> read_words(TomlTable& root, Config& config) {
  auto modes = root.strings("modes");
  if (!modes) return forward(modes);
  auto attach = root.strings("attach");
  if (!attach) return forward(attach);
  if (!attach->empty()) config.attach = *attach;
  if (!modes->empty() || !attach->empty())
    config.modes = *modes;  // with containers, no modes but those that are named
  auto backend = root.optional_string("backend");
  if (!backend) return forward(backend);
  config.backend = backend->value_or(config.backend);
  auto taps = root.optional_string("tap_kind");
  if (!taps) return forward(taps);
  config.tap_kind = taps->value_or(config.tap_kind);
  auto fine = root.optional_bool("fine");
  if (!fine) return forward(fine);
  config.fine = fine->value_or(config.fine);
  auto steer = root.optional_bool("steer");
  if (!steer) return forward(steer);
  config.steer = steer->value_or(config.steer);
  auto ipv6 = root.optional_bool("ipv6");
  if (!ipv6) return forward(ipv6);
  if (ipv6->value_or(false)) use_ipv6(config);
  return {};
}

Result<void> read_plan(TomlTable& root, Config& config) {
  auto budget = root.optional_string("budget");
  if (!budget) return forward(budget);
  if (*budget) {
    auto duration = parse_duration(**budget);
    if (!duration) return root.fault("budget", duration.error().what);
    config.budget_s = std::chrono::duration<double>(*duration).count();
  }
  auto bound = root.optional_string("clock_bound");
  if (!bound) return forward(bound);
  if (*bound) {
    auto duration = parse_duration(**bound);
    if (!duration) return root.fault("clock_bound", duration.error().what);
    config.clock_bound_ns = duration->count();
  }
  if (auto r = read_number(root, "slot_ms", 1, 60'000, config.slot_ms); !r) return r;
  if (auto r = read_number(root, "builds", 0, 1e6, config.builds); !r) return r;
  if (auto r = read_number(root, "instances", 1, kMostInstances, config.instances); !r) return r;
  if (auto r = read_number(root, "target_half_width_ns", 0, 1e9, config.target_half_width_ns); !r) return r;
  return read_number(root, "seed", 0, 9e15, config.seed);
}

bool one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::unexpected<Error> bad(std::string what, std::string hint) {
  return error(Exit::kUsage, std::move(what), std::move(hint));
}

Result<void> validate_load(const Load& load, bool ipv6) {
  if (!(load.rate_pps >= 1 && load.rate_pps <= 1e8)) {
    return bad(fmt::format("a rate of {} pps can't be measured at", load.rate_pps),
               "latency needs a fixed rate of 1 to 100,000,000 pps, as in --rate 20kpps");
  }
  constexpr std::uint32_t kEthernetMtu = 1500;
  const std::uint32_t least = min_frame_size(ipv6), most = max_frame_size(kEthernetMtu);
  if (load.size < least || load.size > most) {
    return bad(
        fmt::format("a frame of {} bytes can't be sent", load.size),
        fmt::format("the probe fits frames of {} to {} bytes (with FCS): --size {}", least, most, least));
  }
  if (load.burst < 1) return bad("a burst of 0 can't be measured", "use --burst 1 for latency");
  return {};
}

/// Refuses what can't be combined with many containers of a mode.
Result<void> validate_containers(const Config& config) {
  for (const std::uint32_t n : config.containers) {
    if (n < 1 || n > nsglue::kMostContainers)
      return bad(fmt::format("{} containers of a mode can't stand", n),
                 fmt::format("1 to {}: --containers 1,8,64", nsglue::kMostContainers));
  }
  if (!has_many(config)) {
    if (config.deals == Config().deals) return {};
    return bad("--deal is about many containers of a mode", "name how many: --containers 8");
  }
  if (!config.attach.empty())
    return bad("--containers is about modes that are built, and --attach measures what runs",
               "attach several containers: --attach docker:web,docker:db");
  if (!config.device.nic.empty())
    return bad("between two interfaces a mode has one container", "leave out --containers");
  if (config.tap_kind == "af_packet" || config.rootless)
    return bad("only taps of kind bpf can watch the ends of many containers",
               "leave out --tap-kind af_packet, and run as root");
  return {};
}

Result<void> validate_trains(const Trains& trains, const std::vector<Load>& loads) {
  if (trains.departures < 2 || trains.departures > kMostDepartures)
    return bad(fmt::format("a train of {} departures can't be sent", trains.departures),
               fmt::format("2 to {}, as in --train 16,6", kMostDepartures));
  if (trains.untimed > trains.departures - 2)
    return bad(
        fmt::format("of trains of {} departures {} can't be untimed", trains.departures, trains.untimed),
        "leave two at least to be timed");
  for (const Load& load : loads) {
    if (kLeastRounds * timed_a_round(trains, load) <= kMostTimed) continue;
    return bad(fmt::format("trains of {} timed departures in bursts of {} are more than a slot holds",
                           trains.departures - trains.untimed, load.burst),
               fmt::format("{} timed packets a train are the most", kMostTimed / (2 * kLeastRounds)));
  }
  return {};
}

bool is_cni(const std::string& mode) {
  return mode.starts_with(nsglue::kCniPrefix);
}

Result<void> validate_sites(const Config& config) {
  const SiteConfig &tester = config.tester, &device = config.device;
  for (const auto* site : {&tester, &device}) {
    if (site->host.starts_with('-'))
      return bad(fmt::format("'{}' is no host", site->host), "name it as ssh has it: --device root@router");
    if (site->host.empty() && (!site->folder.empty() || !site->ssh.empty()))
      return bad("\"folder\" and \"ssh\" are only for another host", "name it: host = \"root@router\"");
  }
  if (!device.host.empty() && same_place(tester, device) && tester.folder != device.folder)
    return bad("one host has its programs in one folder", "give [tester] and [device] the same \"folder\"");
  if (!device.host.empty() && std::ranges::any_of(config.modes, is_cni))
    return bad("cni: reads its configuration on this machine", "run hopcost on the device");
  const bool there = !device.host.empty() && same_place(tester, device);
  const bool apart = (!tester.host.empty() || !device.host.empty()) && !there;
  if (there && (config.steer || config.rootless || !config.attach.empty()))
    return bad("--steer, --rootless and --attach are for the machine that hopcost runs on",
               "run hopcost on that host");
  if (config.clock_bound_ns && !apart)
    return bad("--clock-bound is about the clocks of two hosts", "one machine has one clock: leave it out");
  if (apart && (tester.nic.empty() || device.nic.empty()))
    return bad("between two hosts packets go from one interface to another",
               "name both: --tester-nic eth1 --device-nic eth1");
  if (tester.nic.empty() != device.nic.empty())
    return bad("one interface is no wire", "name both: --tester-nic eth1 --device-nic eth2");
  if (!one_of(device.wire, {"auto", "bpf", "macvlan"}))
    return bad(fmt::format("frames can't be dealt by '{}'", device.wire), "there are auto, bpf and macvlan");
  if (tester.nic.empty() && device.wire != "auto")
    return bad("--device-wire is about the interface that packets come in by",
               "name both: --tester-nic eth1 --device-nic eth1");
  if (tester.nic.empty()) return {};
  if (same_place(tester, device) && tester.nic == device.nic)
    return bad("an interface does not hear itself", "two hosts, or two interfaces with a cable between them");
  if (config.steer)
    return bad("--steer is for one machine: a NIC's packets are received where its interrupt goes",
               "see doc/bench.md");
  if (config.rootless) return bad("--rootless can't use an interface", "as root: sudo hopcost run ...");
  if (!config.attach.empty())
    return bad("--attach measures containers of this machine, over its own wire",
               "leave out --tester-nic and --device-nic, and run hopcost on that machine");
  return {};
}

Result<void> validate_attach(const Config& config) {
  const bool any = !config.attach.empty();
  if (!any && (!config.wire.empty() || !config.from.empty() || config.i_mean_it))
    return bad("--wire, --from and --i-mean-it are about containers that run already",
               "name some: --attach docker:web");
  if (std::set(config.attach.begin(), config.attach.end()).size() != config.attach.size())
    return bad("a container is named twice", "name each once");
  if (any && config.backend == "af_xdp")
    return bad("af_xdp serves one path for each device, and all paths of --attach begin at one device",
               "leave out --backend: it is af_packet then");
  if (any && config.steer)
    return bad("--steer would change the device that packets come in by", "leave --steer or --attach out");
  if (any && config.rootless)
    return bad("containers that run already can't be seen from a user namespace", "leave out --rootless");
  return {};
}

}  // namespace

const char* deal_name(Deal deal) noexcept {
  return deal == Deal::kSpread ? "spread" : deal == Deal::kAimed ? "aimed" : "alone";
}

Result<Deal> parse_deal(const std::string& text) {
  for (const Deal deal : {Deal::kSpread, Deal::kAimed, Deal::kAlone}) {
    if (text == deal_name(deal)) return deal;
  }
  return error(Exit::kUsage, fmt::format("packets can't be dealt '{}'", text),
               "there are spread, aimed and alone");
}

std::string default_backend(const Config& config) {
  const bool shared =
      !config.tester.nic.empty() || !config.attach.empty();  // a device that all paths begin at
  return config.rootless || shared ? "af_packet" : "af_xdp";
}

bool same_place(const SiteConfig& a, const SiteConfig& b) {
  return a.host == b.host && (a.host.empty() || a.ssh == b.ssh);
}

void use_ipv6(Config& config) {
  config.ipv6 = true;
  if (config.sizes == Config().sizes) config.sizes = {min_frame_size(true)};
}

Result<void> read_campaign(const std::filesystem::path& path, Config& config) {
  auto file = TomlFile::read(path);
  if (!file) return forward(file);
  TomlTable root = file->root();
  if (auto r = read_words(root, config); !r) return r;
  if (auto r = read_plan(root, config); !r) return r;
  const auto section = [&](const char* name, auto&& read) -> Result<void> {
    auto table = root.table(name);
    if (!table) return forward(table);
    return *table ? read(**table) : Result<void>{};
  };
  if (auto r = section("load", [&](TomlTable& t) { return read_load(t, config); }); !r) return r;
  if (auto r = section("trains", [&](TomlTable& t) { return read_trains(t, config.trains); }); !r) return r;
  if (auto r = section("tester", [&](TomlTable& t) { return read_tester(t, config.tester); }); !r) return r;
  if (auto r = section("device", [&](TomlTable& t) { return read_device(t, config.device); }); !r) return r;
  if (auto r = section("gates", [&](TomlTable& t) { return read_gates(t, config.gates); }); !r) return r;
  return root.finish();
}

Result<void> validate(const Config& config) {
  if (config.modes.empty() && config.attach.empty())
    return bad("no modes to measure", "name some: --modes host,bridge");
  const std::set<std::string> unique(config.modes.begin(), config.modes.end());
  if (unique.size() != config.modes.size())
    return bad("a mode is named twice", "name each once: host is measured a second time by itself");
  if (auto r = validate_attach(config); !r) return r;
  if (!one_of(config.backend, {"af_xdp", "af_packet"}))
    return bad(fmt::format("unknown backend '{}'", config.backend), "there are af_xdp and af_packet");
  if (!one_of(config.tap_kind, {"auto", "bpf", "af_packet"}))
    return bad(fmt::format("unknown kind of tap '{}'", config.tap_kind), "there are auto, bpf and af_packet");
  if (config.fine && config.tap_kind == "af_packet")
    return bad("af_packet taps can't split a hop", "leave out --fine, or choose --tap-kind bpf");
  if (!one_of(config.gap, {"constant", "jittered", "poisson"}))
    return bad(fmt::format("unknown gap '{}'", config.gap), "there are constant, jittered and poisson");
  if (config.rates.empty() || config.sizes.empty() || config.bursts.empty() || config.containers.empty() ||
      config.deals.empty())
    return bad("no load to measure at", "name one: --rate 20kpps");
  for (const Load& load : levels(config)) {
    if (auto r = validate_load(load, config.ipv6); !r) return r;
  }
  if (auto r = validate_trains(config.trains, levels(config)); !r) return r;
  if (auto r = validate_containers(config); !r) return r;
  if (auto r = validate_sites(config); !r) return r;
  if (!(config.budget_s > 0 && config.budget_s <= 7 * 86'400))
    return bad("the budget must be above 0 and at most a week", "as in --budget 60s");
  if (config.instances < 1 || config.instances > kMostInstances)
    return bad(fmt::format("a build has 1 to {} instances of each mode", kMostInstances),
               "as in --instances 3");
  if (!(config.slot_ms >= 1)) return bad("a slot must last at least 1 ms", "as in slot_ms = 100");
  return {};
}

std::vector<Load> levels(const Config& config) {
  std::vector<Load> all;
  const auto add_new = [&](const Load& load) {
    if (std::ranges::find(all, load) == all.end()) all.push_back(load);
  };
  for (const double rate : config.rates) {
    for (const std::uint32_t size : config.sizes) {
      for (const std::uint32_t burst : config.bursts) {
        for (const std::uint32_t containers : config.containers) {
          for (const Deal deal : config.deals)
            add_new({rate, size, burst, containers, containers == 1 ? Deal::kSpread : deal});
        }
      }
    }
  }
  return all;
}

std::uint32_t instances_in(const Config& config, std::size_t lanes) {
  if (has_many(config) || !config.device.nic.empty() || !config.attach.empty()) return 1;
  const auto room = static_cast<std::uint32_t>(kMostPaths / std::max<std::size_t>(1, lanes));
  return std::clamp(config.instances, 1u, std::max(1u, room));
}

bool has_many(const Config& config) {
  return std::ranges::any_of(config.containers, [](std::uint32_t n) { return n > 1; });
}

}  // namespace hopcost::campaign
