// Tells the person how long the wait is when a capture is replayed at its recorded times and the next gap is
// long. Owns a thread that looks twice a second.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "pktgen/source/replay/replay_source.h"

namespace hopcost::pktgen {

class DueNotice {
 public:
  /// Make it when the run begins. `source` outlives it; null: it does nothing.
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

/// A time span as text: "2.5 s", "3.0 min", "18.2 h", "20776 days".
[[nodiscard]] std::string span_text(double ns);

}  // namespace hopcost::pktgen
