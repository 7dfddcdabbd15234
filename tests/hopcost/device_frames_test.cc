// What is sent through a device: addresses, headers, sizes, as pktgen's profiles.
#include <gtest/gtest.h>

#include <string>

#include "campaign/device/frames.h"

namespace hopcost::campaign {
namespace {

TEST(Frames, AddressesAndRates) {
  EXPECT_EQ(network_of(0, Way::kForth, false), "198.19.64.0/30");
  EXPECT_EQ(network_of(9999, Way::kForth, false), "198.19.220.60/30");
  EXPECT_EQ(network_of(1, Way::kBack, true), "2001:2:0:1::4/126");
  EXPECT_NE(profile_of({.size = "512"}, Way::kForth).find("dst=~198.19.64.1..198.19.64.2,"),
            std::string::npos);
  EXPECT_NE(profile_of({.size = "imix", .ipv6 = true}, Way::kBack).find("size=imix-v6 id=2"),
            std::string::npos);
  // RFC 2544 appendix B, 10 Mbit/s, cut off there to whole frames.
  for (const auto& [bytes, fps] :
       {std::pair{64, 14880}, {128, 8445}, {256, 4528}, {512, 2349}, {1024, 1197}, {1518, 812}})
    EXPECT_EQ(static_cast<int>(theoretical_fps(10e6, bytes)), fps);
  EXPECT_FALSE(mean_bytes("64", {.ipv6 = true}));
  EXPECT_FALSE(mean_bytes("x", {}));
  EXPECT_NEAR(*mean_bytes("imix", {}), 361.83, 0.01);
}

std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

// So many pairs of addresses and ports and no more: destinations go round in a divisor of their number.
TEST(Frames, ConnectionsComeAgain) {
  const std::string p =
      profile_of({.size = "64", .networks = 100, .connections = 1000, .seed = 3}, Way::kForth);
  EXPECT_EQ(occurrences(p, "|"), 999u) << p;
  EXPECT_NE(p.find("src=198.18.1.2,dst=198.19.64.1..198.19.64.250,"), std::string::npos) << p.substr(0, 200);
  EXPECT_EQ(p, profile_of({.size = "64", .networks = 100, .connections = 1000, .seed = 3}, Way::kForth));
  EXPECT_NE(p, profile_of({.size = "64", .networks = 100, .connections = 1000, .seed = 4}, Way::kForth));
  EXPECT_NE(profile_of({.size = "64", .connections = 7}, Way::kForth).find("dst=198.19.64.1..198.19.64.1,"),
            std::string::npos);
}

TEST(Frames, HeadersThatAreAskedFor) {
  EXPECT_EQ(least_bytes({.ipv6 = true, .extension = "chain"}), 124u);
  EXPECT_EQ(least_bytes({.ipv6 = true, .outer = "198.18.1.2,198.18.1.1"}), 104u);
  EXPECT_FALSE(mean_bytes("imix", {.ipv6 = true, .extension = "routing"}));
  EXPECT_NE(profile_of({.size = "124", .ipv6 = true, .extension = "chain"}, Way::kForth)
                .find("/ipv6-dest-options/ipv6-fragment/udp("),
            std::string::npos);
  EXPECT_TRUE(profile_of({.size = "104", .ipv6 = true, .outer = "198.18.1.2,198.18.1.1"}, Way::kForth)
                  .starts_with("eth/ipv4(src=198.18.1.2,dst=198.18.1.1,ttl=10)/ipv6("));
  EXPECT_NE(profile_of({.size = "84", .ipv6 = true, .prefix = "2001:2:0:6464::"}, Way::kForth)
                .find("dst=~2001:2:0:6464::c613:4001..2001:2:0:6464::c613:4002,"),
            std::string::npos);
  EXPECT_NE(profile_of({.size = "64", .broadcast = true}, Way::kForth).find("weight=99; eth(dst=ff:ff"),
            std::string::npos);
}

// Behind a stateless translator hosts have the IPv4 address that the other side knows them by.
TEST(Frames, OfATranslatorWithoutState) {
  EXPECT_EQ(translated_hosts("2001:2:0:6464::"), "~2001:2:0:6464::c612:102..2001:2:0:6464::c612:1fe");
  EXPECT_EQ(translated_network_of(1, "2001:2:0:6464::"), "2001:2:0:6464::c612:4004/126");
  EXPECT_EQ(network_of(1, Way::kBack, false), "198.18.64.4/30") << "the same one";
  EXPECT_NE(profile_of({.size = "84", .shorter = kTranslatorAdds}, Way::kBack).find(" size=64 "),
            std::string::npos);
}

TEST(Frames, AStandardsSizesAreASet) {
  using Sizes = std::vector<std::string>;
  EXPECT_EQ(frame_sizes("rfc2544", {}), (Sizes{"64", "128", "256", "512", "1024", "1280", "1518"}));
  EXPECT_EQ(frame_sizes("rfc8219,84,100", {.ipv6 = true}),
            (Sizes{"84", "128", "256", "512", "768", "1024", "1280", "1518", "1522", "2048", "4096", "8192",
                   "9216", "100"}));
  EXPECT_EQ(frame_sizes("imix,rfc5180", {}).back(), "9216");
  EXPECT_EQ(frame_sizes("64,512,64", {.ipv6 = true}), (Sizes{"64", "512"})) << "what is named stays as it is";
  EXPECT_EQ(frame_sizes("rfc2544", {.ipv6 = true, .outer = "198.18.1.2,198.18.1.1"}).front(), "104");
}

}  // namespace
}  // namespace hopcost::campaign
