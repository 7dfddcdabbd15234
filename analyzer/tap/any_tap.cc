#include "analyzer/tap/any_tap.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <tuple>

#include "base/destroy_together.h"
#include "base/netns.h"

namespace hopcost::analyzer {

namespace {

template <class... T>
void append_built(std::vector<TapKindEntry>& list, const std::variant<T...>*) {
  static_assert((Tap<T> && ...));
  const auto append = [&](std::string_view kind, const Result<void>& usable) {
    list.push_back({std::string(kind), usable ? "" : describe(usable.error())});
  };
  (append(T::kKind, T::usable()), ...);
}

template <class... T>
std::vector<std::string> points_of(const std::variant<T...>*) {
  std::vector<std::string> all;
  (std::ranges::move(T::points(), std::back_inserter(all)), ...);
  return all;
}

std::string kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : list_tap_kinds()) names.push_back(kind.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Opens the tap if the spec asks for kind T.
template <class T>
bool try_open(const TapSpec& spec, const TapOptions& options, std::optional<Result<TapKinds>>& out) {
  if (spec.kind != T::kKind) return false;
  auto tap = T::open(spec, options);
  if (tap) {
    out.emplace(TapKinds(std::move(*tap)));
  } else {
    out.emplace(forward(tap));
  }
  return true;
}

template <class... T>
Result<TapKinds> open_kind(const TapSpec& spec, const TapOptions& options, const std::variant<T...>*) {
  std::optional<Result<TapKinds>> out;
  if ((try_open<T>(spec, options, out) || ...)) return std::move(*out);
  for (const auto& [name, why] : kMissingTapKinds) {
    if (name != nullptr && spec.kind == name)
      return error(Exit::kMissing, fmt::format("tap {}: kind {} is not in this build", spec.name, name), why);
  }
  return error(Exit::kUsage, fmt::format("tap {}: unknown kind '{}'", spec.name, spec.kind),
               "there are auto, " + kind_names());
}

using PointKey = std::tuple<std::string, std::string, Direction, std::string, std::string, std::uint16_t>;

/// Indices of the specs by point, in the order in which to open them. The kernel calls a device's packet
/// sockets newest first (dev_add_pack()), and the tc taps too, because each puts itself before all others. It
/// calls a tracepoint's programs oldest first.
std::map<PointKey, std::vector<std::size_t>> by_point(const std::vector<TapSpec>& specs) {
  std::map<PointKey, std::vector<std::size_t>> points;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const TapSpec& s = specs[i];
    auto& indices = points[{s.netns, s.device, s.direction, s.tracepoint, s.hook, s.port}];
    indices.insert(s.tracepoint.empty() ? indices.begin() : indices.end(), i);
  }
  return points;
}

}  // namespace

std::vector<TapKindEntry> list_tap_kinds() {
  std::vector<TapKindEntry> list;
  append_built(list, static_cast<const TapKinds*>(nullptr));
  for (const auto& [name, why] : kMissingTapKinds)
    if (name != nullptr) list.push_back({name, fmt::format("not in this build: {}", why)});
  return list;
}

std::vector<std::string> list_tap_points() {
  return points_of(static_cast<const TapKinds*>(nullptr));
}

const std::string& best_tap_kind() {
  static const std::string best = [] {
    const auto kinds = list_tap_kinds();
    return std::ranges::find_if(kinds, [](const TapKindEntry& k) { return k.why_not.empty(); })->name;
  }();
  return best;
}

Result<AnyTap> AnyTap::open(const TapSpec& asked, const TapOptions& options) {
  TapSpec spec = asked;
  if (spec.kind == kAutoKind) spec.kind = best_tap_kind();
  auto scope = NetnsScope::enter(spec.netns);
  if (!scope) return forward(scope);
  auto tap = open_kind(spec, options, static_cast<const TapKinds*>(nullptr));
  if (!tap) return forward(tap);
  return AnyTap(std::move(spec), std::move(*tap));
}

Result<std::vector<AnyTap>> AnyTap::open_all(const std::vector<TapSpec>& specs, const TapOptions& options) {
  std::vector<std::optional<Result<AnyTap>>> opened(specs.size());
  {
    std::vector<std::jthread> threads;
    for (auto& [point, indices] : by_point(specs)) {
      threads.emplace_back([&, indices = std::move(indices)] {
        for (const std::size_t i : indices) opened[i].emplace(AnyTap::open(specs[i], options));
      });
    }
  }
  std::vector<AnyTap> taps;
  std::optional<Error> first;
  for (auto& o : opened) {
    if (*o) {
      taps.push_back(std::move(**o));
    } else if (!first) {
      first = std::move(*o).error();
    }
  }
  if (!first) return taps;
  close_all(std::move(taps));
  return std::unexpected(std::move(*first));
}

void AnyTap::detach_all(std::vector<AnyTap>& taps) {
  std::vector<std::jthread> threads;
  for (auto& tap : taps) {
    threads.emplace_back([&tap] { std::visit([](auto& t) { t.detach(); }, tap.tap_); });
  }
}

void AnyTap::close_all(std::vector<AnyTap> taps) {
  destroy_together(std::move(taps));
}

}  // namespace hopcost::analyzer
