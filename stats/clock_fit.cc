#include "stats/clock_fit.h"

#include <algorithm>
#include <cmath>

namespace hopcost {
namespace {

constexpr std::size_t kMostStretches = 2048;

struct Point {
  double x, y;
};

/// Twice the area of the triangle; above 0 when c is left of the line from a to b.
double turn(const Point& a, const Point& b, const Point& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/// Andrew's monotone chain, the lower half. Points by x.
std::vector<Point> lower_hull(const std::vector<Point>& points) {
  std::vector<Point> hull;
  for (const Point& p : points) {
    while (hull.size() >= 2 && turn(hull[hull.size() - 2], hull.back(), p) <= 0) hull.pop_back();
    hull.push_back(p);
  }
  return hull;
}

/// The hull's height at x, which it spans.
double height(const std::vector<Point>& hull, double x) {
  std::size_t right = 0;
  while (right + 1 < hull.size() && hull[right].x < x) ++right;
  const Point& b = hull[right];
  if (right == 0 || b.x == x) return b.y;
  const Point& a = hull[right - 1];
  return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
}

}  // namespace

void ClockFit::add(std::uint64_t sent_ns, std::uint64_t seen_ns) {
  const auto difference = static_cast<std::int64_t>(seen_ns - sent_ns);
  if (count_++ == 0) {
    origin_ = sent_ns;
    base_ = difference;
  }
  // A point earlier than the first one added joins the first stretch.
  const double x = std::max(0.0, static_cast<double>(static_cast<std::int64_t>(sent_ns - origin_)));
  const auto y = static_cast<double>(difference - base_);
  while (x / width_ns_ >= kMostStretches) widen();
  const auto at = static_cast<std::size_t>(x / width_ns_);
  if (stretches_.size() <= at) stretches_.resize(at + 1);
  Stretch& s = stretches_[at];
  if (!s.used || y < s.y) s = {x, y, true};
}

void ClockFit::widen() {
  std::vector<Stretch> half((stretches_.size() + 1) / 2);
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    Stretch& into = half[i / 2];
    if (stretches_[i].used && (!into.used || stretches_[i].y < into.y)) into = stretches_[i];
  }
  stretches_ = std::move(half);
  width_ns_ *= 2;
}

ClockLine ClockFit::line() const {
  std::vector<Point> points;
  for (const Stretch& s : stretches_)
    if (s.used) points.push_back({s.x, s.y});
  ClockLine line{.origin_ns = origin_, .base_ns = base_};
  if (points.empty()) return line;
  double mean_x = 0;
  for (const Point& p : points) mean_x += p.x / static_cast<double>(points.size());
  const auto hull = lower_hull(points);
  // Of all lines below the points, the least sum of distances has the line through the hull's edge that spans
  // the points' mean x.
  std::size_t right = 1;
  while (right + 1 < hull.size() && hull[right].x < mean_x) ++right;
  Point a = hull.front();
  if (hull.size() > 1) {
    a = hull[right - 1];
    const Point b = hull[right];
    line.drift = (b.y - a.y) / (b.x - a.x);
  }
  const double offset = a.y - line.drift * a.x;
  line.offset_ns = offset;
  std::vector<double> above;
  for (const Point& p : points) above.push_back(p.y - (offset + line.drift * p.x));
  std::ranges::nth_element(above, above.begin() + static_cast<std::ptrdiff_t>(above.size() / 2));
  line.uncertainty_ns = above[above.size() / 2];
  return line;
}

void ClockBand::add(std::uint64_t at_ns, Ahead ahead) {
  readings_.push_back({at_ns, ahead});
}

std::optional<Ahead> ClockBand::at(std::uint64_t at_ns) const {
  if (readings_.empty() || at_ns < readings_.front().at_ns || at_ns > readings_.back().at_ns) return {};
  const Reading& first = readings_.front();
  const std::int64_t base = first.ahead.lo_ns;
  const auto since = [&](std::uint64_t ns) { return static_cast<double>(ns - first.at_ns); };
  std::vector<Point> above, below;  // those below upside down
  for (const Reading& r : readings_) {
    above.push_back({since(r.at_ns), static_cast<double>(r.ahead.hi_ns - base)});
    below.push_back({since(r.at_ns), static_cast<double>(base - r.ahead.lo_ns)});
  }
  const double hi = height(lower_hull(above), since(at_ns)), lo = -height(lower_hull(below), since(at_ns));
  if (lo > hi) return {};
  return Ahead{base + std::llround(lo), base + std::llround(hi)};
}

}  // namespace hopcost
