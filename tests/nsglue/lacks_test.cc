// What this kernel has, found by trying.
#include "nsglue/check/lacks.h"

#include <gtest/gtest.h>

#include "nsglue/kernel/links.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kinds/kind.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

TEST(Lacks, AKindIsFoundByTrying) {
  NEEDS_NAMESPACES();
  const auto tried = in_scratch_namespace([]() -> Result<void> {
    auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
    if (!rtnetlink) return forward(rtnetlink);
    constexpr LinkKind kNowhere = {
        .name = "teleport", .module = "teleport", .config = "CONFIG_TELEPORT", .shape = Shape::kAlone};
    EXPECT_EQ(has_kind(*rtnetlink, kNowhere).value_or(true), false);
    // Made whole by its kind alone, made as a pair, and refused for want of a lower device.
    for (const char* name : {"bridge", "veth", "macvlan"})
      EXPECT_EQ(has_kind(*rtnetlink, *find_kind(name)).value_or(false), true) << name;
    return {};
  });
  EXPECT_TRUE(tried) << hopcost::describe(tried.error());
}

TEST(Lacks, OfAShippedModeLeavesNothing) {
  NEEDS_NAMESPACES();
  const auto before = stage::standing();
  const auto lacking = lacks(stage::shipped("bridge"));
  ASSERT_TRUE(lacking) << hopcost::describe(lacking.error());
  EXPECT_TRUE(lacking->empty()) << lacking->front();
  EXPECT_EQ(stage::standing(), before);
}

/// Two nodes with rules of the same names.
TEST(Lacks, EachNodesRulesAreTriedForThemselves) {
  NEEDS_NAMESPACES();
  const auto one = lacks(stage::shipped("bridge-nat")), two = lacks(stage::shipped("nested-nat"));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(*one, *two);
}

}  // namespace
}  // namespace hopcost::nsglue
