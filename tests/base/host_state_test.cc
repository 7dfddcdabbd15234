#include "base/host_state.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hopcost {
namespace {

TEST(HostState, StealOfOneCpuAndOfAll) {
  const std::string stat =
      "cpu  100 0 50 900 0 1 2 30 0 0\ncpu0 50 0 25 450 0 1 1 10 0 0\ncpu1 50 0 25 450 0 0 1 20 0 0\n"
      "cpu10 1 1 1 1 1 1 1 7 0 0\nintr 5\n";
  const auto steal = [&](int cpu) {
    std::istringstream in(stat);
    return steal_ticks(in, cpu);
  };
  EXPECT_EQ(steal(-1), 30u);
  EXPECT_EQ(steal(0), 10u);
  EXPECT_EQ(steal(1), 20u);  // not cpu10
  EXPECT_EQ(steal(10), 7u);
  EXPECT_EQ(steal(9), 0u);
}

TEST(HostState, SoftnetOfOneCpuByItsNumberOrItsPlace) {
  // CPU 1 is offline: the second line is CPU 2's, as its 13th column says.
  const std::string numbered =
      "0000000a 00000001 00000002 0 0 0 0 0 0 0 0 00000000 00000000 0 0\n"
      "000000ff 00000010 00000020 0 0 0 0 0 0 0 0 00000000 00000002 0 0\n";
  const std::string ordered = "0a 01 02 0 0 0 0 0 0 0 0\nff 10 20 0 0 0 0 0 0 0 0\n";
  const auto counts = [](const std::string& text, int cpu) {
    std::istringstream in(text);
    const SoftnetCounts c = softnet_counts(in, cpu);
    return std::pair(c.dropped, c.squeezed);
  };
  EXPECT_EQ(counts(numbered, -1), std::pair(0x11ul, 0x22ul));
  EXPECT_EQ(counts(numbered, 2), std::pair(0x10ul, 0x20ul));
  EXPECT_EQ(counts(numbered, 1), std::pair(0ul, 0ul));
  EXPECT_EQ(counts(ordered, 1), std::pair(0x10ul, 0x20ul));
}

}  // namespace
}  // namespace hopcost
