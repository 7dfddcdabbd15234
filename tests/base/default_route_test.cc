#include "base/default_route.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

TEST(DefaultRoute, OfTheDeviceItself) {
  const std::vector<RoutedLink> links{{.index = 2, .name = "eth0", .defaults = true},
                                      {.index = 3, .name = "eth1"}};
  EXPECT_EQ(default_route_above("eth0", links), "eth0");
  EXPECT_FALSE(default_route_above("eth1", links));
  EXPECT_FALSE(default_route_above("eth", links));
}

TEST(DefaultRoute, OfItsMasterAndOfWhatSitsOnIt) {
  // eth0 and eth1 in bond0, bond0.10 on it and in br0; eth2 with a macvlan.
  const std::vector<RoutedLink> links{{.index = 2, .name = "eth0", .master = 10},
                                      {.index = 3, .name = "eth1", .master = 10},
                                      {.index = 4, .name = "eth2"},
                                      {.index = 10, .name = "bond0"},
                                      {.index = 11, .name = "bond0.10", .master = 12, .on = 10},
                                      {.index = 12, .name = "br0", .defaults = true},
                                      {.index = 13, .name = "mv0", .on = 4, .defaults = true},
                                      {.index = 14, .name = "eth3"}};
  EXPECT_EQ(default_route_above("eth0", links), "br0");
  EXPECT_EQ(default_route_above("bond0", links), "br0");
  EXPECT_EQ(default_route_above("eth2", links), "mv0");
  EXPECT_FALSE(default_route_above("eth3", links));
}

// What a device sits on is not asked: a container's macvlan has no part in its host's connection.
TEST(DefaultRoute, NotOfWhatItSitsOn) {
  const std::vector<RoutedLink> links{{.index = 2, .name = "eth0", .defaults = true},
                                      {.index = 3, .name = "mv0", .on = 2}};
  EXPECT_FALSE(default_route_above("mv0", links));
}

TEST(DefaultRoute, RingsEnd) {
  const std::vector<RoutedLink> links{{.index = 2, .name = "a", .master = 3, .on = 3},
                                      {.index = 3, .name = "b", .master = 2, .on = 2}};
  EXPECT_FALSE(default_route_above("a", links));
}

}  // namespace
}  // namespace hopcost
