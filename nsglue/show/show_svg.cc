#include "nsglue/show/show_svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "nsglue/show/path.h"
#include "nsglue/topology/containers.h"

namespace hopcost::nsglue {
namespace {

// All lengths are in pixels.
constexpr int kMargin = 24, kTitle = 64;
constexpr int kDeviceWidth = 116, kDeviceHeight = 58, kGap = 44;  // of the path's devices, and between them
constexpr int kPad = 14, kFoot = 24, kNodeHead = 26;              // inside a node's box
constexpr int kTapRow = 46, kOffHeight = 34, kLine = 18;

constexpr const char* kStyle =
    "text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1c2733}"
    ".small{font-size:11px;fill:#51606e}.title{font-size:17px;font-weight:600}.head{font-weight:600;fill:#"
    "34506b}"
    ".page{fill:#fff}.node{fill:#f2f6fa;stroke:#9db4c8}.device{fill:#fff;stroke:#34506b;stroke-width:1.4}"
    ".off{fill:#eceff1;stroke:#b6bfc7}.way{stroke:#0a7d55;stroke-width:2.4;fill:none}.tip{fill:#0a7d55}"
    ".tap{fill:#d9480f}.taptext{font-size:11px;fill:#a83505}.odd{fill:#a83505}";

const char* words(Way way) {
  switch (way) {
    case Way::kPair:
      return "veth";
    case Way::kRouted:
      return "routed";
    case Way::kRedirected:
      return "bpf";
    case Way::kTranslated:
      return "nat";
    case Way::kUnknown:
      return "?";
    case Way::kStart:
    case Way::kStack:
      break;
  }
  return "";
}

/// A node's box holds a stretch of the path within the node. A node that the path passes twice has two.
struct Box {
  std::string node;
  std::vector<Hop> hops;
  std::vector<const Device*> off;  ///< Devices off the path, in the node's first box.
  int x = 0, width = 0;
};

class Picture {
 public:
  Picture(const Topology& view, const std::string& title, const std::optional<std::vector<Unquiet>>& unquiet)
      : t_(view), title_(title), unquiet_(unquiet) {}

  std::string draw() {
    gather();
    place();
    for (const Box& box : boxes_) draw_box(box);
    draw_way();
    draw_notes();
    const std::string head = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "role=\"img\" aria-label=\"{2}\">\n<style>{3}</style>\n<rect class=\"page\" width=\"{0}\" "
        "height=\"{1}\"/>\n",
        width_, height_, html_text(title_), kStyle);
    return head + body_ + "</svg>\n";
  }

 private:
  void gather() {
    for (const Hop& hop : path_of(t_)) {
      if (boxes_.empty() || boxes_.back().node != hop.at.node) boxes_.push_back({hop.at.node, {}, {}});
      boxes_.back().hops.push_back(hop);
    }
    for (const Device& d : t_.devices) {
      const auto on_way = [&](const Box& b) {
        return std::ranges::find(b.hops, d.at, &Hop::at) != b.hops.end();
      };
      if (std::ranges::any_of(boxes_, on_way)) continue;
      auto box = std::ranges::find(boxes_, d.at.node, &Box::node);
      if (box == boxes_.end()) box = boxes_.insert(box, {d.at.node, {}, {}});
      box->off.push_back(&d);
    }
  }

  void place() {
    int x = kMargin;
    std::size_t most_off = 0;
    for (Box& box : boxes_) {
      const int devices = std::max<int>(1, static_cast<int>(box.hops.size()));
      box.x = x;
      box.width = 2 * kPad + devices * kDeviceWidth + (devices - 1) * kGap;
      x += box.width + kGap;
      most_off = std::max(most_off, box.off.size());
    }
    box_height_ = kNodeHead + kTapRow + kDeviceHeight + kFoot + static_cast<int>(most_off) * (kOffHeight + 8);
    const auto notes = unquiet_ ? unquiet_->size() + 1 : 1;
    height_ = kTitle + box_height_ + 52 + static_cast<int>(notes) * kLine + kMargin;
    width_ = std::max(x - kGap + kMargin, 620);
  }

  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    body_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  void text(int x, int y, const char* kind, const std::string& words, bool middle = false) {
    put("<text x=\"{}\" y=\"{}\" class=\"{}\"{}>{}</text>", x, y, kind,
        middle ? " text-anchor=\"middle\"" : "", html_text(words));
  }

  void rectangle(int x, int y, int width, int height, const char* kind) {
    put("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" class=\"{}\"/>", x, y, width, height,
        kind);
  }

  [[nodiscard]] static int way_y() { return kTitle + kNodeHead + kTapRow + kDeviceHeight / 2; }

  [[nodiscard]] static int device_x(const Box& box, std::size_t i) {
    return box.x + kPad + static_cast<int>(i) * (kDeviceWidth + kGap);
  }

  void draw_box(const Box& box) {
    rectangle(box.x, kTitle, box.width, box_height_, "node");
    text(box.x + kPad, kTitle + 18, "head", box.node);
    int y = kTitle + kNodeHead + kTapRow + kDeviceHeight + kFoot;
    for (const Device* d : box.off) {
      rectangle(box.x + kPad, y, kDeviceWidth, kOffHeight, "off");
      text(box.x + kPad + kDeviceWidth / 2, y + 21, "small", fmt::format("{} ({})", d->at.device, d->kind),
           true);
      y += kOffHeight + 8;
    }
  }

  void draw_way() {
    int from = 0;
    for (const Box& box : boxes_) {
      for (std::size_t i = 0; i < box.hops.size(); ++i) {
        const int x = device_x(box, i);
        if (box.hops[i].by != Way::kStart) arrow(from, x, words(box.hops[i].by));
        draw_device(x, *t_.find(box.hops[i].at));
        from = x + kDeviceWidth;
      }
    }
    for (const SinkPort& s : t_.sinks) {
      if (s.node != t_.target.node) continue;
      text(from - kDeviceWidth / 2, way_y() + kDeviceHeight / 2 + 13, "small", fmt::format("udp/{}", s.port),
           true);
    }
  }

  void arrow(int from, int to, const std::string& by) {
    put("<path class=\"way\" d=\"M{} {}H{}\"/>", from, way_y(), to - 7);
    put("<path class=\"tip\" d=\"M{0} {1}l-8 -5v10z\"/>", to, way_y());
    text((from + to) / 2, way_y() - 8, "small", by, true);
  }

  void draw_device(int x, const Device& d) {
    const int top = way_y() - kDeviceHeight / 2, middle = x + kDeviceWidth / 2;
    rectangle(x, top, kDeviceWidth, kDeviceHeight, "device");
    text(middle, top + 19, "head", d.at.device, true);
    text(middle, top + 34, "small", d.kind, true);
    if (!d.ipv4.empty()) text(middle, top + 49, "small", d.ipv4.front(), true);
    int y = top - 6;
    // In the packet's order, since the way may pass a device twice.
    for (; taps_drawn_ < t_.taps.size() && t_.taps[taps_drawn_].at == d.at; ++taps_drawn_) {
      const Tap& tap = t_.taps[taps_drawn_];
      put("<path class=\"tap\" d=\"M{} {}l-5 -8h10z\"/>", x + 10, y);
      text(x + 20, y, "taptext",
           fmt::format("{} ({}{})", tap.name, tap.direction, tap.hook.empty() ? "" : ", " + tap.hook));
      y -= 15;
    }
  }

  void draw_notes() {
    text(kMargin, 30, "title", title_);
    text(kMargin, 50, "small", t_.summary);
    int y = kTitle + box_height_ + 34;
    if (!unquiet_) return text(kMargin, y, "", "It does not stand, so its settings are not known.");
    if (unquiet_->empty()) return text(kMargin, y, "", "All settings are quiet.");
    text(kMargin, y, "head", "Not quiet:");
    for (const Unquiet& u : *unquiet_) {
      y += kLine;
      text(kMargin, y, "odd", fmt::format("{}  {} = {}  (quiet: {})", u.where, u.setting, u.value, u.quiet));
    }
  }

  const Topology& t_;
  const std::string& title_;
  const std::optional<std::vector<Unquiet>>& unquiet_;
  std::vector<Box> boxes_;
  std::size_t taps_drawn_ = 0;
  std::string body_;
  int width_ = 0, height_ = 0, box_height_ = 0;
};

}  // namespace

std::string show_svg(const Topology& topology, const std::string& instance,
                     const std::optional<std::vector<Unquiet>>& unquiet) {
  const Topology view = container_view(topology, 0);
  const std::size_t n = container_count(topology);
  const std::string many = n == 1 ? "" : fmt::format(", the first of {} containers", n);
  const std::string title = fmt::format("{} (topology {}{})", instance, topology.name, many);
  return Picture(view, title, unquiet).draw();
}

}  // namespace hopcost::nsglue
