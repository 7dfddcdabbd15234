// What a build without libpcap says of it.
#include <gtest/gtest.h>

#include "wire/link_filter.h"
#include "wire/link_type.h"

namespace hopcost {
namespace {

TEST(WithoutLibpcap, FiltersAndDevicesSayThatItIsMissing) {
  EXPECT_FALSE(libpcap::why_missing().empty());
  const auto filter = LinkFilter::compile("udp");
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, Exit::kMissing);
  EXPECT_EQ(filter.error().hint, libpcap::why_missing());
  EXPECT_EQ(libpcap::Device::open("any", {}).error().code, Exit::kMissing);
  EXPECT_EQ(libpcap::compile_for_device("udp", "lo").error().code, Exit::kMissing);
}

TEST(WithoutLibpcap, LinkTypesThatAreReadHaveTheirNames) {
  EXPECT_EQ(link_type_text(276), "LINUX_SLL2 (276)");
  EXPECT_EQ(link_type_text(189), "189");
}

}  // namespace
}  // namespace hopcost
