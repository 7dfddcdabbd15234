// When a capture is replayed at its recorded times and the next gap is long, tells the person how long. Owns
// a thread that looks twice a second.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "pktgen/source/replay/replay_source.h"

namespace hopcost::pktgen {

class DueNotice {
 public:
  /// From the run's begin on. `source` outlives it; null: there is nothing to tell.
  DueNotice(const ReplaySource* source, std::string file);
  ~DueNotice();
  DueNotice(const DueNotice&) = delete;

 private:
  void work(const ReplaySource& source, const std::string& file);

  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

/// "2.5 s", "3.0 min", "18.2 h", "20776 days".
[[nodiscard]] std::string span_text(double ns);

}  // namespace hopcost::pktgen
