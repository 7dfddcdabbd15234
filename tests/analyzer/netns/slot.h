// A path opened in this process, one slot at a time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "analyzer/output/summary.h"
#include "analyzer/watch/path.h"

namespace hopcost::analyzer {

class TestSlot {
 public:
  explicit TestSlot(const std::vector<std::string>& taps, const std::string& kind, TapOptions options = {},
                    std::size_t window = 65536)
      : path_({.window = window, .max_flows = 1}) {
    std::vector<TapSpec> specs;
    for (const auto& text : taps) {
      specs.push_back(*parse_tap(text));
      specs.back().kind = kind;
    }
    auto opened = AnyTap::open_all(specs, options);
    if (!opened) {
      error_ = describe(opened.error());
      return;
    }
    (void)path_.set_taps(std::move(*opened));
  }

  [[nodiscard]] const std::string& error() const { return error_; }
  void expect(std::uint16_t flow, std::uint64_t first = 0) {
    path_.discard();
    path_.lanes()->expect({&flow, 1}, {.first_sequence = first});
  }
  void drain() { path_.drain(); }
  /// Waits until every packet must have shown up.
  Summary collect(std::uint64_t sent) {
    for (int i = 0; i < 5; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(path_.settle_ms()));
      path_.drain();
    }
    path_.lanes()->first().close();
    facts_ = path_.facts();
    return summarise(path_.lanes()->first(), facts_, sent);
  }

 private:
  Path path_;
  std::vector<TapFacts> facts_;
  std::string error_;
};

}  // namespace hopcost::analyzer
