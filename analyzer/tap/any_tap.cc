#include "analyzer/tap/any_tap.h"

#include <fmt/format.h>

#include <optional>
#include <thread>

#include "base/netns.h"

namespace hopcost::analyzer {

static_assert(Tap<AfPacketTap>);

std::string tap_kinds() {
  return std::string(AfPacketTap::kKind);
}

Result<AnyTap> AnyTap::open(const TapSpec& spec, const TapOptions& options) {
  if (spec.kind != AfPacketTap::kKind) {
    return error(Exit::kUsage, fmt::format("tap {}: unknown kind '{}'", spec.name, spec.kind),
                 fmt::format("kinds in this build: {}", tap_kinds()));
  }
  auto scope = NetnsScope::enter(spec.netns);
  if (!scope) return forward(scope);
  auto tap = AfPacketTap::open(spec, options);
  if (!tap) return forward(tap);
  return AnyTap(spec, Kinds(std::move(*tap)));
}

Result<std::vector<AnyTap>> AnyTap::open_all(const std::vector<TapSpec>& specs, const TapOptions& options) {
  std::vector<std::optional<Result<AnyTap>>> opened(specs.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      threads.emplace_back([&, i] { opened[i].emplace(AnyTap::open(specs[i], options)); });
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
  std::vector<std::jthread> threads;
  for (auto& tap : taps) {
    threads.emplace_back(
        [t = std::move(tap)]() mutable { [[maybe_unused]] const AnyTap closed_here = std::move(t); });
  }
}

}  // namespace hopcost::analyzer
