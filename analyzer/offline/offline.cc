#include "analyzer/offline/offline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "analyzer/offline/capture_intervals.h"
#include "analyzer/offline/replay.h"
#include "analyzer/offline/unused.h"
#include "analyzer/output/report_text.h"
#include "analyzer/output/summary_json.h"
#include "analyzer/watch/account.h"
#include "base/log.h"
#include "base/signals.h"

namespace hopcost::analyzer {
namespace {

/// Several taps may be of one file only if each names its own interface.
Result<void> check_names(const std::vector<TapSpec>& taps) {
  for (std::size_t i = 0; i < taps.size(); ++i) {
    for (std::size_t j = 0; j < taps.size(); ++j) {
      if (i == j || taps[i].file != taps[j].file || !taps[i].interface.empty()) continue;
      return error(Exit::kUsage,
                   fmt::format("taps {} and {} are of one file, and {} has all of it",
                               taps[std::min(i, j)].name, taps[std::max(i, j)].name, taps[i].name),
                   fmt::format("name an interface for each, like pcap:{}#0{}", taps[i].file,
                               list_interfaces(taps[i].file)));
    }
  }
  return {};
}

/// One capture for each file, in the order in which the taps name the files.
Result<std::vector<ClockedCapture>> open_captures(const std::vector<TapSpec>& taps,
                                                  const std::string& filter) {
  if (auto ok = check_names(taps); !ok) return forward(ok);
  std::vector<ClockedCapture> captures;
  for (unsigned tap = 0; tap < taps.size(); ++tap) {
    auto at =
        std::ranges::find(captures, taps[tap].file, [](const ClockedCapture& c) { return c.capture.path(); });
    if (at == captures.end()) {
      auto opened = Capture::open(taps[tap].file, filter);
      if (!opened) return forward(opened);
      captures.push_back({std::move(*opened), {}});
      at = captures.end() - 1;
    }
    at->capture.watch(taps[tap].interface, tap);
  }
  return captures;
}

/// The times of the first and the last packet that counts.
struct Span {
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max(), last = 0;
  [[nodiscard]] double seconds() const { return last > first ? static_cast<double>(last - first) / 1e9 : 0; }
};

Span correlate(std::vector<ClockedCapture>& captures, Account& account, CaptureIntervals& intervals) {
  Span span;
  account.listen();
  const auto packet = [&](std::size_t, Capture& c, std::uint64_t ns) noexcept {
    Frame frame = c.frame();
    frame.ns = ns;
    intervals.before(ns, account);
    const bool told_apart = account.frame(c.tap(), frame);
    c.judge(told_apart);
    if (!told_apart) return;
    span.first = std::min(span.first, ns);
    span.last = std::max(span.last, ns);
  };
  replay(captures, packet, [] { return stop_requested(); });
  account.close();
  return span;
}

/// Checks that there is anything to show. Errors: kUsage, with the reason and what to do.
Result<void> check_all(const std::vector<ClockedCapture>& captures, const Config& config) {
  for (const auto& c : captures)
    if (auto ok = check_taps(c.capture, config.taps, config.match); !ok) return ok;
  return {};
}

/// Tells which taps that follow each other have nothing in common, and what to do: then the lost packets are
/// no loss. Files that broke off are not judged. Whether all is well.
bool tell_unrelated(const std::vector<ClockedCapture>& captures, const Config& config, const Summary& s) {
  if (!std::ranges::all_of(captures, [](const auto& c) { return c.capture.fault().empty(); })) return true;
  for (const auto& h : s.hops) {
    const LatencyStats& l = h.tally->latency;
    if (l.count() + l.negative + l.out_of_range + h.tally->stale != 0) continue;
    std::string hint = "name captures of one run, in the order of the path";
    if (!config.fit_clocks) hint += "; for files of several hosts there is --fit-clocks";
    if (config.match == Match::kFiveTuple) hint += "; where addresses are rewritten, --match payload";
    log_error("taps {} and {} share no {}: {}", h.from, h.to,
              config.match == Match::kProbe ? "probe" : "packet", hint);
    return false;
  }
  return true;
}

std::string clocks_text(const std::vector<ClockedCapture>& captures) {
  std::string text;
  for (std::size_t i = 1; i < captures.size(); ++i) {
    const ClockLine& c = captures[i].clock;
    text += fmt::format(
        "clock of {}: {:+.0f} ns, {:+.1f} ppb against {}'s, to {:.0f} ns; times across them are above "
        "the fastest packet's\n",
        captures[i].capture.path(), c.ahead_ns(), c.drift * 1e9, captures[0].capture.path(),
        c.uncertainty_ns);
  }
  return text;
}

nlohmann::json clocks_json(const std::vector<ClockedCapture>& captures) {
  nlohmann::json clocks = nlohmann::json::array();
  for (std::size_t i = 1; i < captures.size(); ++i) {
    const ClockLine& c = captures[i].clock;
    clocks.push_back({{"file", captures[i].capture.path()},
                      {"against", captures[0].capture.path()},
                      {"offset_ns", c.ahead_ns()},
                      {"drift_ppb", c.drift * 1e9},
                      {"uncertainty_ns", c.uncertainty_ns}});
  }
  return clocks;
}

std::string render(const Config& config, const Summary& s, double elapsed_s,
                   const std::vector<ClockedCapture>& captures) {
  if (!config.json)
    return report_text(s, elapsed_s) + (config.fit_clocks ? "\n" + clocks_text(captures) : "");
  StampFacts stamps;
  stamps.files = true;
  for (const auto& c : captures)
    if (config.fit_clocks) stamps.fit_ns = std::max(stamps.fit_ns.value_or(0), c.clock.uncertainty_ns);
  nlohmann::json j = run_to_json(s, stamps, elapsed_s);
  j["clocks"] = config.fit_clocks ? clocks_json(captures) : nlohmann::json();
  for (const auto& c : captures) j["captures"].push_back(capture_json(c.capture, config.taps));
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// Tells which packets could not be used. False when packets were left out or a file could not be read to its
/// end.
bool tell_unused(const std::vector<ClockedCapture>& captures, Match match) {
  bool whole = true;
  for (const auto& c : captures) {
    for (const auto& line : unused_lines(c.capture, match)) log_warn("{}", line);
    if (!c.capture.fault().empty()) log_error("{}", c.capture.fault());
    whole &= c.capture.fault().empty() && !left_out_any(c.capture);
  }
  return whole;
}

}  // namespace

Result<Exit> run_offline(const Config& config) {
  auto captures = open_captures(config.taps, config.filter);
  if (!captures) return forward(captures);
  std::vector<TapFacts> facts;
  for (const auto& tap : config.taps) facts.push_back({tap.name, false, 0});
  auto intervals = CaptureIntervals::open(config, facts);
  if (!intervals) return forward(intervals);
  if (config.fit_clocks) {
    if (auto r = fit_clocks(*captures, config.match); !r) return forward(r);
  }
  Account account(config.taps.size(),
                  {.window = config.window, .max_flows = config.max_flows, .match = config.match});
  auto opened = open_hop_capture(config, true);
  if (!opened) return forward(opened);
  const auto capture = std::move(*opened);
  if (capture) capture->start();
  account.record_into(capture.get());
  const Span span = correlate(*captures, account, *intervals);
  bool whole = !stop_requested();
  if (whole) {
    if (auto ok = check_all(*captures, config); !ok) return forward(ok);
  }
  if (auto ok = intervals->finish(account); !ok) {
    log_error("{}", describe(ok.error()));
    whole = false;
  }
  Summary s = account.total(facts);
  if (capture) {
    auto written = capture->close(s.taps);
    if (written) s.written = *written;
    if (!written) log_error("{}", describe(written.error()));
    whole &= written.has_value();
  }
  const std::string text = render(config, s, span.seconds(), *captures);
  if (whole) whole = tell_unrelated(*captures, config, s);
  whole &= tell_unused(*captures, config.match);
  errno = 0;
  if (!print_to(stdout, text)) {
    log_error("{}", describe(errno_error(errno, "write the results to standard output").error()));
    whole = false;
  }
  return whole ? Exit::kOk : Exit::kPartial;
}

}  // namespace hopcost::analyzer
