#include "analyzer/tap/bpf/kernel_trial.h"

#include <gtest/gtest.h>

#include "tests/analyzer/netns/sandbox.h"

namespace hopcost::analyzer {
namespace {

TEST(KernelTrial, FindsWhereTheTypesSay) {
  NEED_TAP_KIND("bpf");
  auto types = KernelTypes::read("/sys/kernel/btf/vmlinux", layout_names());
  if (!types) GTEST_SKIP() << describe(types.error());
  const auto told = layout_of(*types);
  ASSERT_TRUE(told) << describe(told.error());
  const auto found = find_layout_by_trial();
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(*found, *told);
}

}  // namespace
}  // namespace hopcost::analyzer
