#include "nsglue/topology/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace hopcost::nsglue {
namespace {

TEST(Address, MacRoundTrip) {
  const auto mac = parse_mac("02:68:63:00:aB:ff");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac_text(mac->data()), "02:68:63:00:ab:ff");
}

TEST(Address, MacRefusesOtherForms) {
  for (const char* bad : {"", "02:68:63:00:00", "02:68:63:00:00:0", "02-68-63-00-00-01", "02:68:63:00:00:0g",
                          "02:68:63:00:00:01:02"}) {
    EXPECT_FALSE(parse_mac(bad)) << bad;
  }
}

TEST(Address, PrefixRoundTripInBothFamilies) {
  for (const char* good : {"198.18.0.1/24", "0.0.0.0/0", "2001:2::1/64", "::/0", "2001:2:0:1::2/128"}) {
    const auto p = parse_prefix(good);
    ASSERT_TRUE(p) << good;
    EXPECT_EQ(prefix_text(*p), good);
  }
}

TEST(Address, PrefixWithoutLengthIsTheWholeAddress) {
  EXPECT_EQ(parse_prefix("198.18.0.1")->length, 32u);
  EXPECT_EQ(parse_prefix("2001:2::1")->length, 128u);
}

TEST(Address, PrefixBytesAreInNetworkOrder) {
  const auto p = parse_prefix("198.18.0.1/24");
  EXPECT_EQ(p->family, AF_INET);
  EXPECT_EQ(p->bytes[0], 198);
  EXPECT_EQ(p->bytes[3], 1);
}

TEST(Address, PrefixRefusesNonsense) {
  for (const char* bad : {"", "198.18.0.1/33", "198.18.0.1/", "198.18.0/24", "2001:2::1/129", "2001:2::1/-1",
                          "host/24", "198.18.0.1/2x"}) {
    EXPECT_FALSE(parse_prefix(bad)) << bad;
  }
}

TEST(Address, SubnetsEndAtTheBit) {
  const Prefix own = *parse_prefix("198.18.2.1/23");
  EXPECT_TRUE(same_subnet(own, *parse_address("198.18.3.255")));
  EXPECT_FALSE(same_subnet(own, *parse_address("198.18.4.0")));
  EXPECT_FALSE(same_subnet(own, *parse_address("2001:2::1")));
  EXPECT_TRUE(same_subnet(*parse_prefix("0.0.0.0/0"), *parse_address("198.18.4.0")));
}

TEST(Address, AddressAloneHasNoLength) {
  EXPECT_TRUE(parse_address("198.18.0.1"));
  EXPECT_FALSE(parse_address("198.18.0.1/24"));
}

}  // namespace
}  // namespace hopcost::nsglue
