#include "campaign/measure/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/log.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {
namespace {

constexpr double kRedrawS = 0.1;
constexpr double kLineEveryS = 10;
constexpr int kBarCells = 24;

std::string bar(const Progress& p) {
  const double total = p.elapsed_s + p.left_s;
  const int filled = total > 0 ? static_cast<int>(kBarCells * p.elapsed_s / total) : 0;
  std::string cells;
  for (int i = 0; i < kBarCells; ++i) cells += i < filled ? "━" : "·";
  return cells;
}

std::string builds_text(const Progress& p) {
  return fmt::format("{} builds of {}", p.measured.good_builds(), p.builds_wanted);
}

std::string cost_text(const OverBuilds& cost) {
  if (cost.builds() == 0) return "...";
  const Shift& s = cost.shift();
  if (!cost.known())
    return fmt::format("{:+.1f}, ±{:.1f} within the builds so far", s.estimate, cost.within.half_width());
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}] ns", s.estimate, s.ci.lo, s.ci.hi);
}

}  // namespace

ProgressView::ProgressView(bool quiet)
    : how_(quiet                        ? How::kNot
           : isatty(STDERR_FILENO) == 1 ? How::kTable
                                        : How::kLines) {}

ProgressView::~ProgressView() {
  wipe();
}

std::vector<std::string> ProgressView::table(const Progress& p) {
  std::vector<std::string> lines = {fmt::format("{} {:>3.0f} s left   {}", bar(p), p.left_s, builds_text(p))};
  for (const auto& [level, lane, cost] : p.costs) {
    if (level == 0) lines.push_back(fmt::format("  {:<10} {}", p.measured.lanes[lane].name, cost_text(cost)));
  }
  return lines;
}

std::string ProgressView::line(const Progress& p) {
  std::string text = fmt::format("{}, {:.0f} s left", builds_text(p), p.left_s);
  for (const auto& [level, lane, cost] : p.costs) {
    if (level == 0) text += fmt::format("; {} {}", p.measured.lanes[lane].name, cost_text(cost));
  }
  return text;
}

void ProgressView::wipe() {
  if (drawn_ > 0) std::fputs(fmt::format("\033[{}F\033[J", drawn_).c_str(), stderr);
  drawn_ = 0;
}

void ProgressView::show(const Progress& progress) {
  if (how_ == How::kNot) return;
  const double since = progress.elapsed_s - shown_s_;
  if (how_ == How::kLines) {
    if (!progress.build_over || (shown_s_ >= 0 && since < kLineEveryS)) return;
    shown_s_ = progress.elapsed_s;
    log_info("{}", line(progress));
    return;
  }
  if (shown_s_ >= 0 && since < kRedrawS) return;
  shown_s_ = progress.elapsed_s;
  wipe();
  std::string text;
  const auto lines = table(progress);
  for (const std::string& l : lines) text += l + "\n";
  drawn_ = lines.size();
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace hopcost::campaign
