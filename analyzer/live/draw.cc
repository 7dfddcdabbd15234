#include "analyzer/live/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analyzer/output/report_text.h"

namespace hopcost::analyzer {

namespace {

constexpr std::size_t kCell = 9;
constexpr std::size_t kLeastTrail = 10, kMostTrail = 60;
constexpr const char *kBold = "\x1b[1m", *kDim = "\x1b[2m", *kRed = "\x1b[31m", *kPlain = "\x1b[0m";

/// The width in columns: one for each code point. Wide characters are not considered.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// The text cut or padded to `width` columns. Control characters become '?'.
std::string cell(const std::string& text, std::size_t width) {
  std::string out;
  std::size_t n = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80 && ++n > width) break;
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return out.append(width - std::min(width, n), ' ');
}

std::string right(const std::string& text, std::size_t width) {
  const std::size_t w = width_of(text);
  return w >= width ? cell(text, width) : std::string(width - w, ' ') + text;
}

/// The page being drawn: cuts lines to the screen's size, counts them, colours whole lines.
class Page {
 public:
  explicit Page(const Screen& screen) : screen_(screen) {}
  void line(const std::string& text, const char* colour = nullptr) {
    if (lines_ == screen_.rows) return;
    if (lines_++ != 0) out_ += '\n';
    std::string cut = cell(text, screen_.columns);
    cut.erase(cut.find_last_not_of(' ') + 1);
    out_ += colour != nullptr && screen_.colour ? colour + cut + kPlain : cut;
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  const Screen& screen_;
  std::string out_;
  unsigned lines_ = 0;
};

struct Column {
  const char* title;
  std::string (*text)(const LiveHop&);
  bool shown = true;
};

std::string time_or_dash(const std::optional<LiveHop::Quantiles>& q,
                         std::uint64_t LiveHop::Quantiles::*which) {
  return q ? time_text((*q).*which) : "-";
}

using Q = LiveHop::Quantiles;
std::vector<Column> all_columns() {
  return {{"per s", [](const LiveHop& h) { return rate_text(h.per_second); }},
          {"p50 now", [](const LiveHop& h) { return time_or_dash(h.now, &Q::p50); }},
          {"p99 now", [](const LiveHop& h) { return time_or_dash(h.now, &Q::p99); }},
          {"p50", [](const LiveHop& h) { return time_or_dash(h.total, &Q::p50); }},
          {"p99", [](const LiveHop& h) { return time_or_dash(h.total, &Q::p99); }},
          {"p99.9", [](const LiveHop& h) { return time_or_dash(h.total, &Q::p999); }},
          {"max", [](const LiveHop& h) { return time_or_dash(h.total, &Q::max); }},
          {"x-CPU", [](const LiveHop& h) { return h.cross; }}};
}

/// The layout of the table of hops: the columns that fit.
struct Layout {
  std::size_t name = 0, trail = 0;
  std::vector<Column> columns = all_columns();
};

Layout lay_out(const LiveSnapshot& s, std::size_t width) {
  Layout l;
  for (const auto& h : s.hops) l.name = std::max(l.name, width_of(h.name));
  l.name = std::clamp<std::size_t>(l.name, 3, std::max<std::size_t>(12, width / 3));
  l.columns.back().shown = std::ranges::any_of(s.hops, [](const LiveHop& h) { return h.cross != "-"; });
  std::size_t used =
      l.name + kCell * static_cast<std::size_t>(std::ranges::count(l.columns, true, &Column::shown));
  // The columns in the order in which they are dropped, the least useful first: p99.9, cross-CPU share (when
  // it is not 0 a line below says so), rate, p50 of all, p99 of all, max, p99 now.
  for (const std::size_t least : {5u, 7u, 0u, 3u, 4u, 6u, 2u}) {
    if (used + 2 + kLeastTrail <= width) break;
    if (!l.columns[least].shown) continue;
    l.columns[least].shown = false;
    used -= kCell;
  }
  if (used + 2 + kLeastTrail <= width) l.trail = std::min(kMostTrail, width - used - 2);
  return l;
}

void draw_hops(Page& page, const LiveSnapshot& s, const Screen& screen) {
  const Layout l = lay_out(s, screen.columns);
  std::string head = cell("hop", l.name);
  for (const auto& c : l.columns)
    if (c.shown) head += right(c.title, kCell);
  page.line(l.trail == 0 ? head : head + "  p50 over time", kDim);
  for (const auto& h : s.hops) {
    std::string line = cell(h.name, l.name);
    if (!h.invalid.empty()) {
      page.line(line + "  no figure: " + h.invalid, kRed);
      continue;
    }
    for (const auto& c : l.columns)
      if (c.shown) line += right(c.text(h), kCell);
    page.line(l.trail == 0 ? line : line + "  " + sparkline(h.p50_trail, l.trail, screen.utf8));
  }
}

void draw_taps(Page& page, const LiveSnapshot& s) {
  std::size_t name = 3;
  for (const auto& t : s.taps) name = std::clamp(width_of(t.name), name, std::size_t{20});
  page.line(fmt::format("{}{:>9}{:>12}{:>10}{:>11}{:>8}{:>9}  {}", cell("tap", name), "per s", "seen",
                        "missing", "ring drops", "dup", "reorder", "stamps by"),
            kDim);
  for (const auto& t : s.taps) {
    page.line(
        fmt::format("{}{:>9}{:>12}{:>10}{:>11}{:>8}{:>9}  {}", cell(t.name, name), rate_text(t.per_second),
                    t.seen, t.missing, t.ring_drops, t.duplicates, t.reordered, t.regime),
        t.ring_drops != 0 ? kRed : nullptr);
  }
}

void draw_matched_taps(Page& page, const LiveSnapshot& s) {
  std::size_t name = 3;
  for (const auto& t : s.taps) name = std::clamp(width_of(t.name), name, std::size_t{20});
  page.line(fmt::format("{}{:>9}{:>12}{:>10}{:>11}{:>10}  {}", cell("tap", name), "per s", "seen", "missing",
                        "ring drops", "ambiguous", "stamps by"),
            kDim);
  for (const auto& t : s.taps) {
    page.line(fmt::format("{}{:>9}{:>12}{:>10}{:>11}{:>10}  {}", cell(t.name, name), rate_text(t.per_second),
                          t.seen, t.missing, t.ring_drops, t.ambiguous, t.regime),
              t.ring_drops != 0 ? kRed : nullptr);
  }
  page.line("");
  page.line("     packets flow", kDim);
  for (const auto& flow : s.flows) page.line(flow);
}

}  // namespace

std::string rate_text(double per_second) {
  static constexpr std::array<const char*, 4> kUnits = {"", "k", "M", "G"};
  std::size_t unit = 0;
  for (; unit + 1 < kUnits.size() && per_second >= 1000; ++unit) per_second /= 1000;
  return unit == 0 ? fmt::format("{:.0f}", per_second) : fmt::format("{:.3g}{}", per_second, kUnits[unit]);
}

std::string sparkline(const std::deque<std::optional<std::uint64_t>>& trail, std::size_t width, bool utf8) {
  static constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array<const char*, 8> kAscii = {"_", ".", "-", "~", "=", "+", "*", "#"};
  const std::size_t first = trail.size() > width ? trail.size() - width : 0;
  std::uint64_t least = ~std::uint64_t{0}, most = 0;
  for (std::size_t i = first; i < trail.size(); ++i) {
    if (!trail[i]) continue;
    least = std::min(least, *trail[i]);
    most = std::max(most, *trail[i]);
  }
  // The full height spans at least a tenth of the largest value, so that a steady line looks steady.
  const double span =
      std::max({static_cast<double>(most - std::min(least, most)), static_cast<double>(most) / 10, 1.0});
  std::string out;
  for (std::size_t i = first; i < trail.size(); ++i) {
    if (!trail[i]) {
      out += ' ';
      continue;
    }
    const auto step = static_cast<std::size_t>(static_cast<double>(*trail[i] - least) / span * 7.999);
    out += (utf8 ? kBars : kAscii)[std::min<std::size_t>(step, 7)];
  }
  return out;
}

std::string draw(const LiveSnapshot& s, const Screen& screen) {
  Page page(screen);
  page.line(fmt::format("analyzer  {:.0f} s  stamps by {}  now: the last {:.1f} s  Ctrl-C ends", s.elapsed_s,
                        s.regime, s.interval_s),
            kBold);
  page.line("");
  draw_hops(page, s, screen);
  page.line("");
  s.matched ? draw_matched_taps(page, s) : draw_taps(page, s);
  page.line("");
  std::string counts = fmt::format("other frames {}", s.foreign);
  if (s.refused != 0) counts += fmt::format("   of too many flows {}", s.refused);
  if (s.evicted != 0) counts += fmt::format("   given up for lack of room {}", s.evicted);
  if (s.restarts != 0) counts += fmt::format("   senders begun anew {}", s.restarts);
  page.line(counts, s.evicted + s.refused != 0 ? kRed : nullptr);
  for (const auto& note : s.notes) page.line(note);
  for (const auto& h : s.hops) {
    if (!h.negative.empty()) page.line(fmt::format("{}: {}", h.name, h.negative), kRed);
  }
  return page.take();
}

}  // namespace hopcost::analyzer
