#include "campaign/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace hopcost::campaign {
namespace {

constexpr double kRedrawS = 0.1;
constexpr int kBarCells = 24;

}  // namespace

ProgressLine::ProgressLine(bool quiet) : live_(!quiet && isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (live_ && shown_s_ >= 0) std::fputs("\r\033[K", stderr);
}

std::string ProgressLine::text(const Progress& p) {
  const double total = p.elapsed_s + p.left_s;
  const int filled = total > 0 ? static_cast<int>(kBarCells * p.elapsed_s / total) : 0;
  std::string bar;
  for (int i = 0; i < kBarCells; ++i) bar += i < filled ? "━" : "·";
  const std::string width = p.half_width_ns ? fmt::format("costs to ±{:.1f} ns", *p.half_width_ns)
                                            : std::string("gathering blocks");
  return fmt::format("{} {:>3.0f} s left   block {}, slot {}/{}   {}   {} void", bar, p.left_s, p.block + 1,
                     p.slot, p.slots, width, p.voids);
}

void ProgressLine::show(const Progress& progress) {
  if (!live_ || (shown_s_ >= 0 && progress.elapsed_s - shown_s_ < kRedrawS)) return;
  shown_s_ = progress.elapsed_s;
  std::fputs(("\r\033[K" + text(progress)).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace hopcost::campaign
