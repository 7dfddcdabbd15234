#include "base/destroy_together.h"

#include <gtest/gtest.h>

#include <barrier>
#include <memory>

namespace hopcost {
namespace {

struct AtTheBarrier {
  void operator()(std::barrier<>* all) const { all->arrive_and_wait(); }
};

// One after the other they would wait for ever.
TEST(DestroyTogether, EachHasAThreadOfItsOwn) {
  std::barrier all(8);
  std::vector<std::unique_ptr<std::barrier<>, AtTheBarrier>> waiting;
  for (int i = 0; i < 8; ++i) waiting.emplace_back(&all);
  destroy_together(std::move(waiting));
  destroy_together(std::vector<std::unique_ptr<int>>());
}

}  // namespace
}  // namespace hopcost
