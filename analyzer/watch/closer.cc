#include "analyzer/watch/closer.h"

#include <iterator>
#include <utility>

namespace hopcost::analyzer {

void Closer::close(std::vector<AnyTap> taps) {
  AnyTap::detach_all(taps);
  const std::lock_guard lock(mutex_);
  std::move(taps.begin(), taps.end(), std::back_inserter(waiting_));
  ready_.notify_one();
}

void Closer::work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (ready_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    auto batch = std::exchange(waiting_, {});
    lock.unlock();
    AnyTap::close_all(std::move(batch));
    lock.lock();
  }
}

}  // namespace hopcost::analyzer
