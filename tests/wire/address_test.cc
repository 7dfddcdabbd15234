#include "wire/address.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

TEST(Address, MacRoundTrip) {
  const auto mac = parse_mac("02:00:5E:00:53:fF");
  ASSERT_TRUE(mac);
  EXPECT_EQ(to_string(*mac), "02:00:5e:00:53:ff");
  EXPECT_EQ(parse_mac("02-00-5e-00-53-ff").value(), *mac);
}

TEST(Address, BadMacsAreUsageErrors) {
  for (const char* text : {"", "02:00:00:00:00", "02:00:00:00:00:0g", "02:00:00:00:00:012",
                           "0200000000010000", "2:0:0:0:0:1", "02.00.00.00.00.01", "02:00:00:00:00:-1"}) {
    const auto mac = parse_mac(text);
    ASSERT_FALSE(mac) << text;
    EXPECT_EQ(mac.error().code, Exit::kUsage);
  }
}

TEST(Address, IpRoundTrip) {
  for (const char* text : {"198.18.0.1", "2001:2::1", "::"}) {
    const auto ip = parse_ip(text);
    ASSERT_TRUE(ip) << text;
    EXPECT_EQ(to_string(*ip), text);
    EXPECT_EQ(ip->bytes().size(), std::string(text).find(':') == std::string::npos ? 4u : 16u);
  }
  EXPECT_FALSE(parse_ip("198.18.0"));
  EXPECT_FALSE(parse_ip("2001:2::1::"));
}

}  // namespace
}  // namespace hopcost
