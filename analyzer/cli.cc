#include "analyzer/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "analyzer/completion.h"
#include "analyzer/watch/memory_share.h"
#include "base/quantity.h"
#include "wire/packet_identity.h"

namespace hopcost::analyzer {

namespace {

/// The command line's texts, before they are parsed.
struct Words {
  std::vector<std::string> taps, sinks;
  std::string duration, interval, ring_bytes, memory, metrics, match;
  std::optional<std::size_t> window;
  std::string kind = kAutoKind;
};

/// Options that say which results to give, where, and for how long.
void declare_outputs(CLI::App& app, Config& config, Words& words) {
  app.add_option("--duration", words.duration, "stop after this long, e.g. 10s; default: until Ctrl-C");
  app.add_option("--interval", words.interval, "print a line per hop this often, e.g. 1s");
  app.add_flag_callback(
      "--live", [&config] { config.live = true; },
      "redraw a view of every hop (the default on a terminal); without a terminal print lines");
  app.add_flag_callback(
      "--no-live", [&config] { config.live = false; }, "do not redraw a view");
  app.add_option("--hdr-log", config.hdr_log, "write an HdrHistogram interval log, one tag per hop, to FILE");
  app.add_option("--write", config.write,
                 "write the frames with a comment of each hop's time to FILE, as pcapng");
  app.add_option("--write-every", config.write_every,
                 "write only each Nth packet, the same one at every tap");
  app.add_option("--metrics", words.metrics,
                 "serve OpenMetrics text at unix:PATH, 127.0.0.1:PORT or [::1]:PORT (doc/analyzer-live.md)");
}

void declare(CLI::App& app, Config& config, Words& words) {
  app.set_version_flag("--version", HOPCOST_VERSION);
  app.add_flag("--control", config.control, "serve JSON lines on stdin and stdout (doc/control-protocol.md)");
  app.add_option("--tap", words.taps,
                 "NAME=DEVICE[@NETNS][:in[/tc|/xdp]|:out[/tc]|:TRACEPOINT], NAME=udp/PORT[@NETNS], "
                 "NAME=pcap:FILE[#INTERFACE] or NAME=libpcap:DEVICE[@NETNS][:in|:out], "
                 "repeated in the order a packet passes them")
      ->allow_extra_args(false);
  app.add_option("--tap-kind", words.kind, "auto (the best usable), bpf, af_packet or libpcap");
  app.add_option("--match", words.match,
                 "how packets are recognised: by probe (default); by 5-tuple, for traffic without probes; or "
                 "by payload, for such traffic through NAT");
  app.add_option(
      "--filter", config.filter,
      "only packets that this expression of tcpdump's language (pcap-filter(7)) picks, at every tap");
  app.add_flag("--fit-clocks", config.fit_clocks, "fit the clocks of capture files from several hosts");
  app.add_flag("--list-taps", config.list_taps, "the kinds of tap, and which can be used here");
  app.add_option("--sink", words.sinks, "PORT[@NETNS]: take datagrams to this UDP port and drop them")
      ->allow_extra_args(false);
  declare_outputs(app, config, words);
  app.add_option("--memory", words.memory,
                 "most memory that the program may hold, default 16M; rings and window are made to fit "
                 "(doc/small-devices.md)");
  app.add_option(
      "--ring-bytes", words.ring_bytes,
      "size of each tap's receive ring (8M: 58,000 small frames); --memory divides the rest; with --control "
      "2M by default, 512K on a machine with less than 1G of memory");
  app.add_option("--window", words.window,
                 "how many probes under way at once are remembered, at most 65536 by default; with --control "
                 "8192 a lane");
  app.add_flag("--json", config.json, "print results as one JSON object (doc/analyzer-json.md)");
  app.add_flag("-q,--quiet", config.quiet, "print nothing but the results");
}

/// Sizes of rings and tables: as asked for; what was not asked for in a live run is made to fit the memory.
Result<void> understand_memory(const Words& words, Config& config) {
  MemoryWishes wishes{.memory = {}, .ring_bytes = {}, .window = words.window};
  for (const auto& [word, wish] :
       {std::pair(&words.memory, &wishes.memory), std::pair(&words.ring_bytes, &wishes.ring_bytes)}) {
    if (word->empty()) continue;
    auto bytes = parse_bytes(*word);
    if (!bytes) return forward(bytes);
    *wish = *bytes;
  }
  const bool live = !config.control && !config.taps.empty() && !is_offline(config);
  if (live) return share_memory(config, wishes, resident_bytes());
  if (wishes.memory)
    return error(Exit::kUsage, "--memory without live taps", "over the channel: --ring-bytes, --window");
  if (config.control && !wishes.ring_bytes) {
    config.tap_options.ring_bytes = control_ring_bytes(machine_bytes());
    config.tap_options.most_events = kControlEvents;
  }
  config.tap_options.lean = config.control || wishes.ring_bytes;
  config.tap_options.ring_bytes = wishes.ring_bytes.value_or(config.tap_options.ring_bytes);
  config.window = wishes.window.value_or(config.control ? kControlWindow : config.window);
  return {};
}

Result<void> understand(const Words& words, Config& config) {
  const auto into = [](auto result, auto& out) -> Result<void> {
    if (!result) return forward(result);
    out = std::move(*result);
    return {};
  };
  for (const auto& text : words.taps) {
    if (auto r = into(parse_tap(text), config.taps.emplace_back()); !r) return r;
    if (config.taps.back().kind == kAutoKind) config.taps.back().kind = words.kind;
  }
  for (const auto& text : words.sinks) {
    if (auto r = into(parse_sink(text), config.sinks.emplace_back()); !r) return r;
  }
  if (!words.duration.empty()) {
    if (auto r = into(parse_duration(words.duration), config.duration); !r) return r;
  }
  if (!words.interval.empty()) {
    if (auto r = into(parse_duration(words.interval), config.interval); !r) return r;
  }
  if (!words.metrics.empty()) {
    if (auto r = into(parse_local_address(words.metrics), config.metrics); !r) return r;
  }
  if (!words.match.empty()) {
    if (auto r = into(parse_match(words.match), config.match); !r) return r;
  }
  if (needs_frames(config)) {
    for (TapSpec& tap : config.taps)
      if (tap.kind == kAutoKind) tap.kind = kFrameKind;
  }
  config.tap_options.filter = config.filter;
  if (config.match != Match::kProbe) config.tap_options.snap_bytes = kIdentityBytes;
  return understand_memory(words, config);
}

}  // namespace

Result<std::optional<Config>> parse_command_line(int argc, char** argv) {
  CLI::App app("Watches stamped packets pass named points of this host and says what each hop took.",
               "analyzer");
  Config config;
  Words words;
  declare(app, config, words);
  if (answer_completion(app, completion_values(), argc, argv)) return std::optional<Config>();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {
      app.exit(e);
      return std::optional<Config>();
    }
    return error(Exit::kUsage, e.what(), "analyzer --help shows what there is");
  }
  if (auto understood = understand(words, config); !understood) return forward(understood);
  if (auto valid = validate(config); !valid) return forward(valid);
  return config;
}

}  // namespace hopcost::analyzer
