// Memory near a device: what the kernel was asked for.
#include "base/mapped_memory.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

constexpr std::size_t kBytes = std::size_t{8} << 20;

int policy_of(const MappedMemory& memory) {
  int mode = -1;
  unsigned long nodes[16] = {};
  const long got = syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof nodes, memory.data(), MPOL_F_ADDR);
  return got == 0 ? mode : -1;
}

TEST(MappedMemory, IsNearANodeIfOneIsNamed) {
  const auto anywhere = MappedMemory::map_near(-1, kBytes), near = MappedMemory::map_near(0, kBytes);
  ASSERT_TRUE(anywhere && near);
  if (policy_of(*anywhere) < 0) GTEST_SKIP() << "this kernel has no NUMA policies";
  EXPECT_EQ(policy_of(*anywhere), MPOL_DEFAULT);
  EXPECT_EQ(policy_of(*near), MPOL_PREFERRED);
}

TEST(MappedMemory, ANodeThatIsNotThereDoesNotMatter) {
  auto memory = MappedMemory::map_near(63, kBytes);
  ASSERT_TRUE(memory);
  memory->data()[kBytes - 1] = std::byte{1};
  EXPECT_TRUE(MappedMemory::map_near(1000, kBytes));
}

}  // namespace
}  // namespace hopcost
