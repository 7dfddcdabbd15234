// Doing at once what each waits for the kernel with. Includes nothing of ours.
#pragma once

#include <thread>
#include <utility>
#include <vector>

namespace hopcost {

/// Destroys the elements, each on a thread of its own. Who closes a packet socket, an AF_XDP socket or a BPF
/// link waits for a grace period of the kernel's RCU, 15 ms and more on an idle host; all at once wait for
/// the same one.
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
