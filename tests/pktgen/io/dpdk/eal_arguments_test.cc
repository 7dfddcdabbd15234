#include "pktgen/io/dpdk/eal_arguments.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hopcost::pktgen {
namespace {

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(EalArguments, NoPciUnlessADeviceIsNamed) {
  EXPECT_TRUE(holds(eal_arguments({}), "--no-pci"));
  EXPECT_FALSE(holds(eal_arguments({}), "-a"));
  const auto named = eal_arguments({.hugepages_mib = 0, .pci = "0000:03:00.0", .cpus = {}});
  EXPECT_FALSE(holds(named, "--no-pci"));
  const auto a = std::find(named.begin(), named.end(), "-a");
  ASSERT_NE(a, named.end());
  EXPECT_EQ(*std::next(a), "0000:03:00.0");
}

TEST(EalArguments, HugepagesOnRequest) {
  const auto ordinary = eal_arguments({});
  EXPECT_TRUE(holds(ordinary, "--no-huge"));
  EXPECT_FALSE(holds(ordinary, "--in-memory"));
  const auto huge = eal_arguments({.hugepages_mib = 96, .pci = {}, .cpus = {}});
  EXPECT_FALSE(holds(huge, "--no-huge"));
  EXPECT_TRUE(holds(huge, "--in-memory"));
  EXPECT_TRUE(holds(huge, "96"));
}

TEST(EalArguments, OneThreadOnAllCpusItMayUse) {
  EXPECT_TRUE(holds(eal_arguments({.hugepages_mib = 0, .pci = {}, .cpus = {1, 3, 4}}), "--lcores=0@(1,3,4)"));
}

}  // namespace
}  // namespace hopcost::pktgen
