// Profiles are read as they say, and what is wrong is shown with its place.
#include <gtest/gtest.h>

#include "tests/pktgen/source/profile/make.h"

namespace hopcost::pktgen {
namespace {

constexpr const char* kGood = R"(
description = "d"
seed = 5
[[flow]]
name = "a"
weight = 3
id = 9
size = "imix"
layers = [
  { layer = "eth", dst = "02:00:00:00:00:09" },
  { layer = "ipv4", dst = "198.18.0.1..198.18.0.4", ttl = [1, 2] },
  { layer = "udp", checksum = "wrong" },
]
[[flow]]
layers = [{ layer = "eth" }, { layer = "arp" }]
)";

TEST(ReadToml, TakesWhatIsThere) {
  const auto p = from_toml(kGood);
  ASSERT_TRUE(p) << describe(p.error());
  EXPECT_EQ(p->seed, 5u);
  ASSERT_EQ(p->flows.size(), 2u);
  const auto& f = p->flows[0];
  EXPECT_EQ(f.weight, 3);
  EXPECT_EQ(f.id, 9);
  EXPECT_TRUE(f.dst_mac_given);
  EXPECT_FALSE(f.src_mac_given);
  EXPECT_EQ(f.sizes.shares.size(), 3u);
  ASSERT_EQ(f.varying.size(), 2u);
  EXPECT_EQ(f.stack.layers[2].checksum, ChecksumMode::kWrong);
  EXPECT_EQ(p->flows[1].id, 10);
}

/// The text with one piece replaced must fail at LINE:COLUMN with these words.
void expect_fault(const std::string& piece, const std::string& instead, const std::string& place,
                  const std::string& words) {
  std::string text = kGood;
  const auto at = text.find(piece);
  ASSERT_NE(at, std::string::npos) << piece;
  text.replace(at, piece.size(), instead);
  auto p = from_toml(text);
  Result<void> made;
  if (p) {
    auto source = ProfileSource::make(*p, context());
    ASSERT_FALSE(source) << instead;
    made = forward(source);
  } else {
    made = forward(p);
  }
  EXPECT_EQ(made.error().code, Exit::kUsage);
  EXPECT_TRUE(made.error().what.starts_with("p.toml:" + place + ": ")) << made.error().what;
  EXPECT_NE(made.error().what.find(words), std::string::npos) << made.error().what;
}

TEST(ReadToml, FaultsHaveTheirPlace) {
  expect_fault("seed = 5", "seed = -5", "3:8", "seed");
  expect_fault("seed = 5", "sed = 5", "3:1", "unknown key 'sed'");
  expect_fault("weight = 3", "weight = 0", "6:10", "from 1");
  expect_fault("size = \"imix\"", "size = 63", "8:8", "63");
  expect_fault("\"eth\", dst", "\"eht\", dst", "10:13", "no layer 'eht'");
  expect_fault("02:00:00:00:00:09", "02:00", "10:26", "02:00");
  expect_fault("ttl = [1, 2]", "ttl = [1, 256]", "11:59", "255");
  expect_fault("ttl = [1, 2]", "tll = 1", "11:53", "unknown key 'tll'");
  expect_fault("..198.18.0.4", "..198.18.0.x", "11:27", "198.18.0.x");
  expect_fault("\"udp\", checksum", "\"arp\", checksum", "12:13", "arp can't stand right above ipv4");
  expect_fault("checksum = \"wrong\"", "checksum = \"odd\"", "12:31", "'odd'");
  expect_fault("[[flow]]\nlayers", "[[flow]]\nid = 9\nlayers", "14:1", "two flows of id 9");
  expect_fault("[[flow]]\nlayers", "[[flow]]\nrate = 9\nlayers", "4:1", "no rate");
  expect_fault("size = \"imix\"", "size = 64\nprobe = true\npayload = \"none\"", "8:8",
               "no room for a probe");
  expect_fault("size = \"imix\"", "size = 1600", "8:8", "MTU");
  const std::string udp = "{ layer = \"udp\", checksum = \"wrong\" }";
  expect_fault(udp, "{ layer = \"tcp-mss\" }", "12:13", "tcp-mss can't stand right above ipv4");
  expect_fault(udp, "{ layer = \"tcp\" }, { layer = \"tcp-mss\", mss = 65536 }", "12:49", "65535");
  expect_fault(udp, "{ layer = \"ipv4-option\", data = \"abc\" }", "12:35", "hex digits");
  expect_fault(udp, "{ layer = \"ipv4-option\", data = 12 }", "12:35", "string");
  expect_fault(udp, "{ layer = \"ipv4-option\", room = 2041 }", "12:35", "2040");
  expect_fault(udp, "{ layer = \"ipv4-nop\", room = 1 }", "12:25", "unknown key 'room'");
  expect_fault(udp, "{ layer = \"ipv4-router-alert\" }, { layer = \"ipv4-record-route\" }", "12:46",
               "the options of ipv4 take 44 bytes, and it holds 40 at most");
  expect_fault(udp, "{ layer = \"ipv6-fragment\" }", "12:13", "ipv6-fragment can't stand right above ipv4");
}

TEST(ReadShort, SaysTheSameAsToml) {
  const auto p = read_short_profile(
      "eth(dst=02:00:00:00:00:09)/ipv4(dst=198.18.0.1..198.18.0.4,ttl=1|2)/udp(checksum=wrong) "
      "size=imix weight=3 id=9 name=a; eth/arp");
  ASSERT_TRUE(p) << describe(p.error());
  auto toml = from_toml(kGood).value();
  toml.seed.reset();
  auto a = ProfileSource::make(toml, context()).value();
  auto b = ProfileSource::make(*p, context()).value();
  EXPECT_EQ(frames_of(a, 100), frames_of(b, 100));
}

TEST(ReadShort, OptionsSayTheSameAsToml) {
  const auto p = read_short_profile(
      "eth/ipv4/ipv4-record-route(room=8)/tcp/tcp-timestamps(value=1..9)/tcp-option(kind=254,data=0xca1e) "
      "size=128");
  ASSERT_TRUE(p) << describe(p.error());
  const auto toml = from_toml(R"(
[[flow]]
size = 128
layers = [
  { layer = "eth" },
  { layer = "ipv4" },
  { layer = "ipv4-record-route", data = "0000000000000000" },
  { layer = "tcp" },
  { layer = "tcp-timestamps", value = "1..9" },
  { layer = "tcp-option", kind = 254, data = "ca1e" },
]
)");
  ASSERT_TRUE(toml) << describe(toml.error());
  auto a = ProfileSource::make(*toml, context()).value();
  auto b = ProfileSource::make(*p, context()).value();
  EXPECT_EQ(frames_of(a, 20), frames_of(b, 20));
}

TEST(ReadShort, FaultsHaveTheirColumn) {
  const auto expect = [](const char* text, const char* words) {
    const auto p = read_short_profile(text);
    ASSERT_FALSE(p) << text;
    EXPECT_NE(p.error().what.find(words), std::string::npos) << p.error().what;
  };
  expect("eth/ipv5", "profile:1:5: there is no layer 'ipv5'");
  expect("eth/ipv4(ttl=300)/udp", "profile:1:10: ttl 300");
  expect("eth/ipv4(ttl)", "profile:1:13: here should be FIELD=VALUE");
  expect("eth/ipv4(ttl=3", "')' is missing");
  expect("eth/arp size=", "profile:1:9");
  expect("eth/ipv4/tcp/tcp-option(data=xy)", "profile:1:25: 'data'");
  expect("eth/ipv4/tcp/tcp-option(room=39)", "profile:1:14: the options of tcp take 44 bytes");
  expect("eth/arp bogus=3", "no 'bogus'");
  expect("eth/arp;", "profile:1:9");
}

TEST(Load, ShippedProfilesAllMakeFrames) {
  const auto names = shipped_profiles();
  EXPECT_GE(names.size(), 8u);
  for (const auto& name : names) {
    auto profile = load_profile(name);
    ASSERT_TRUE(profile) << describe(profile.error());
    EXPECT_FALSE(profile->description.empty()) << name;
    const auto source = ProfileSource::make(*profile, context());
    EXPECT_TRUE(source) << describe(source.error());
  }
  EXPECT_EQ(load_profile("nosuch").error().code, Exit::kMissing);
}

}  // namespace
}  // namespace hopcost::pktgen
