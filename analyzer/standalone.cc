#include "analyzer/standalone.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "analyzer/live/live_view.h"
#include "analyzer/output/interval.h"
#include "analyzer/output/openmetrics.h"
#include "analyzer/output/report_text.h"
#include "analyzer/output/summary_json.h"
#include "analyzer/watch/memory_share.h"
#include "analyzer/watch/path.h"
#include "analyzer/watch/silence.h"
#include "base/host_state.h"
#include "base/log.h"
#include "base/metrics_server.h"
#include "base/privilege.h"
#include "base/signals.h"

namespace hopcost::analyzer {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

/// How often lines are printed when a live view was asked for and there is no terminal.
constexpr auto kLinesEvery = 1s;
/// A run's end waits so many times as long as a tap usually takes to show a packet.
constexpr unsigned kLateTimers = 10;

double epoch_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

/// A tap that saw nothing that counts.
struct Silent {
  std::string tap, why;
};

/// One run: its path, its outputs, and whether one of them failed.
class Run {
 public:
  Run(const Config& config, const ClockFacts& clocks, Path path, std::optional<HlogWriter> log,
      std::optional<MetricsServer> metrics, std::unique_ptr<HopCapture> capture, std::vector<TapLink> links)
      : config_(config),
        clocks_(clocks),
        interval_(config.interval),
        path_(std::move(path)),
        log_(std::move(log)),
        metrics_(std::move(metrics)),
        capture_(std::move(capture)),
        links_(std::move(links)),
        intervals_(path_.taps().size()) {}

  void watch();
  [[nodiscard]] Exit report();

 private:
  void drain_for(Clock::duration time);
  void open_live();
  [[nodiscard]] Summary total();
  void end_interval();
  void end_capture();
  void note(Result<void> result);
  void print(std::string_view text);
  [[nodiscard]] std::vector<Silent> silent_taps(const Summary& s) const;
  [[nodiscard]] std::string json_text(const Summary& s, const std::vector<Silent>& silent) const;

  const Config& config_;
  const ClockFacts clocks_;
  std::optional<Clock::duration> interval_;
  Path path_;
  std::optional<HlogWriter> log_;
  std::optional<MetricsServer> metrics_;
  std::unique_ptr<HopCapture> capture_;
  std::vector<TapLink> links_;  // one a tap
  std::optional<WrittenFile> written_;
  std::optional<LiveView> live_;
  Intervals intervals_;
  HostState before_{};
  Clock::time_point start_{}, interval_start_{};
  double interval_epoch_ = 0;
  double elapsed_s_ = 0;
  bool trouble_ = false;
  bool output_lost_ = false;
};

void Run::drain_for(Clock::duration time) {
  const auto end = Clock::now() + time;
  do {
    path_.drain();
    std::this_thread::sleep_for(
        std::min<Clock::duration>(kReadEvery, std::max<Clock::duration>(end - Clock::now(), 0ms)));
  } while (Clock::now() < end);
  path_.drain();
}

/// Reports an output's fault. It ends the run: watch() stops at the first.
void Run::note(Result<void> result) {
  if (result) return;
  live_.reset();  // otherwise the message would vanish with the alternate screen
  log_error("{}", describe(result.error()));
  trouble_ = true;
}

/// Writes to standard output until that fails, which is told once. A run that has no other output ends then.
void Run::print(std::string_view text) {
  if (output_lost_) return;
  errno = 0;
  if (print_to(stdout, text)) return;
  output_lost_ = true;
  auto fault = errno_error(errno, "write the results to standard output");
  if (!log_ && !capture_ && !metrics_) return note(std::move(fault));
  log_error("{}", describe(fault.error()));
}

/// Opens the live view if it is wanted and possible; if it is wanted and not possible, lines are printed.
void Run::open_live() {
  const bool lines_fit = !config_.json && !config_.quiet;
  const bool can = Terminal::usable();
  if (!config_.live.value_or(can && lines_fit && !config_.interval)) return;
  if (can) {
    auto view = LiveView::open(path_.taps().size());
    if (view) {
      live_.emplace(std::move(*view));
      return;
    }
    log_warn("{}", describe(view.error()));
  }
  if (!interval_) interval_ = kLinesEvery;
}

void Run::watch() {
  Account& account = *path_.account();
  account.listen();
  path_.discard();
  drain_for(std::chrono::milliseconds(path_.settle_ms()));
  account.begin();
  if (capture_) {
    capture_->start();
    account.record_into(capture_.get());
  }
  open_live();
  before_ = HostState::now();
  start_ = interval_start_ = Clock::now();
  interval_epoch_ = epoch_s();
  const auto render = [this] { return openmetrics_text(total(), seconds(Clock::now() - start_)); };
  const auto end = config_.duration ? start_ + *config_.duration : Clock::time_point::max();
  while (!stop_requested() && Clock::now() < end && !trouble_) {
    path_.drain();
    if (interval_ && Clock::now() - interval_start_ >= *interval_) end_interval();
    if (live_) live_->look(path_, Clock::now(), start_);
    if (metrics_) metrics_->serve(Clock::now(), render);
    std::this_thread::sleep_for(
        std::min<Clock::duration>(kReadEvery, std::max<Clock::duration>(end - Clock::now(), 0ms)));
  }
  elapsed_s_ = seconds(Clock::now() - start_);
  live_.reset();  // restores the terminal before anything that a second Ctrl-C could cut short
  path_.drain();
  account.last_call();
  // A timer hands a ring's last block over, and on a busy machine it may be late.
  drain_for(std::chrono::milliseconds(kLateTimers * path_.settle_ms()));
  account.close();
  // Without an interval of its own, the log gets this one for the whole run.
  end_interval();
  if (capture_) end_capture();
}

void Run::end_capture() {
  path_.account()->record_into(nullptr);
  auto written = capture_->close(total().taps);
  if (written) written_ = *written;
  if (!written) note(forward(written));
}

void Run::end_interval() {
  if (!interval_ && !log_) return;
  const double now = epoch_s();
  const auto facts = path_.facts();
  const Tallies passed = intervals_.next(path_.account()->tallies());
  const Summary interval = path_.account()->interval(passed, facts);
  if (log_) {
    auto written = log_interval(*log_, interval, interval_epoch_, now);
    if (!written) log_.reset();
    note(std::move(written));
  }
  if (interval_ && !live_ && !config_.quiet && !config_.json) {
    std::string lines;
    for (const auto& line : interval_lines(interval, seconds(Clock::now() - start_))) lines += line + "\n";
    print(lines);
  }
  interval_start_ = interval_ ? interval_start_ + *interval_ : Clock::now();
  interval_epoch_ = now;
}

std::vector<Silent> Run::silent_taps(const Summary& s) const {
  std::vector<Silent> silent;
  for (std::size_t i = 0; i < s.taps.size(); ++i) {
    if (s.taps[i].tally->seen != 0) continue;
    silent.push_back({s.taps[i].name, silence_text(links_[i], config_, path_.others(i))});
  }
  return silent;
}

std::string Run::json_text(const Summary& s, const std::vector<Silent>& silent) const {
  nlohmann::json j = run_to_json(s, {clocks_, {}, false}, elapsed_s_);
  j["host"] = host_delta(before_, HostState::now());
  j["silent"] = nlohmann::json::array();
  for (const auto& tap : silent) j["silent"].push_back({{"tap", tap.tap}, {"why", tap.why}});
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Summary Run::total() {
  Summary s = path_.account()->total(path_.facts());
  s.written = written_;
  return s;
}

Exit Run::report() {
  const Summary s = total();
  const auto silent = silent_taps(s);
  const std::string text = config_.json ? json_text(s, silent) : report_text(s, elapsed_s_);
  print(text);
  if (log_) note(log_->close());
  for (const auto& tap : silent) log_error("tap {} saw no {}: {}", tap.tap, counted(s), tap.why);
  return trouble_ || output_lost_ || !silent.empty() ? Exit::kPartial : Exit::kOk;
}

Result<Path> open_path(const Config& config) {
  Path path({.window = config.window, .max_flows = config.max_flows, .match = config.match});
  for (const auto& spec : config.sinks) {
    auto sink = Sink::open(spec);
    if (!sink) return forward(sink);
    path.add_sink(std::move(*sink));
  }
  auto taps = AnyTap::open_all(config.taps, config.tap_options);
  if (!taps) return forward(taps);
  (void)path.set_taps(std::move(*taps));
  trim_heap();
  return path;
}

/// Warns of each device that no packet can pass now.
Result<std::vector<TapLink>> open_links(const std::vector<TapSpec>& taps) {
  std::vector<TapLink> links;
  for (const auto& spec : taps) {
    auto link = TapLink::open(spec);
    if (!link) return forward(link);
    if (const auto fault = link->fault(); !fault.empty()) log_warn("tap {}: {}", spec.name, fault);
    links.push_back(std::move(*link));
  }
  return links;
}

}  // namespace

Result<Exit> run_standalone(const Config& config) {
  std::optional<HlogWriter> log;
  if (!config.hdr_log.empty()) {
    auto made = HlogWriter::create(config.hdr_log, epoch_s());
    if (!made) return forward(made);
    log.emplace(std::move(*made));
  }
  std::optional<MetricsServer> metrics;
  if (config.metrics) {
    auto server = MetricsServer::open(*config.metrics);
    if (!server) return forward(server);
    metrics.emplace(std::move(*server));
  }
  auto capture = open_hop_capture(config, false);
  if (!capture) return forward(capture);
  // Before any tap is open, because this keeps each CPU busy for some ms.
  const ClockFacts clocks = config.json ? look_at_clocks(sched_getcpu()) : ClockFacts{};
  auto path = open_path(config);
  if (!path) return forward(path);
  auto links = open_links(config.taps);
  if (!links) return forward(links);
  if (auto dropped = drop_all_capabilities(); !dropped) return forward(dropped);
  if (!config.quiet) {
    const bool for_frames = needs_frames(config) && std::ranges::all_of(config.taps, [](const TapSpec& t) {
                              return t.kind == kFrameKind;
                            });
    log_info("watching {} tap{}{}{}", config.taps.size(), config.taps.size() == 1 ? "" : "s",
             for_frames ? " of kind af_packet: others keep no frames" : "",
             config.duration ? "" : "; Ctrl-C ends and shows the results");
  }
  Run run(config, clocks, std::move(*path), std::move(log), std::move(metrics), std::move(*capture),
          std::move(*links));
  run.watch();
  return run.report();
}

}  // namespace hopcost::analyzer
