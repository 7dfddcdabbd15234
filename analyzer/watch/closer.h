// Closes taps behind the caller's back: once a tap is detached no packet meets it, but giving its ring back
// to the kernel waits for two more RCU grace periods (15 ms each and more on an idle host), which no slot has
// to wait for.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "analyzer/tap/any_tap.h"

namespace hopcost::analyzer {

/// Owns the taps handed to it until they are closed. Its going away waits for the last of them.
class Closer {
 public:
  Closer() : worker_([this](std::stop_token stop) { work(std::move(stop)); }) {}

  /// When this returns, no packet meets these taps any more.
  void close(std::vector<AnyTap> taps);

 private:
  void work(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::vector<AnyTap> waiting_;
  std::jthread worker_;
};

}  // namespace hopcost::analyzer
