// Closes many of the kernel's things in the time of one. Includes nothing of ours.
#pragma once

#include <thread>
#include <utility>
#include <vector>

namespace hopcost {

/// Destroys the elements, each on a thread of its own, and waits for all. Closing a packet socket, an AF_XDP
/// socket or a BPF link takes a grace period of the kernel's RCU: 15 ms and more on an idle host. Closed at
/// the same time, they share one.
template <class T>
void destroy_together(std::vector<T> all) {
  std::vector<std::jthread> threads;
  threads.reserve(all.size());
  for (T& one : all) {
    threads.emplace_back(
        [own = std::move(one)]() mutable { [[maybe_unused]] const T destroyed_here = std::move(own); });
  }
}

}  // namespace hopcost
