// What leaves a profile's hot path is right to the byte, however its frames differ.
#include <gtest/gtest.h>

#include <map>

#include "pktgen/source/frame_source.h"
#include "tests/pktgen/fakes.h"
#include "tests/pktgen/source/profile/make.h"
#include "wire/dissect.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

static_assert(FrameSource<ProfileSource, FakePort> && PreparesFrames<ProfileSource>);

/// The frame taken apart and encoded anew, whole, from its fields.
std::vector<std::byte> encoded_anew(const std::vector<std::byte>& frame, std::byte fill) {
  const auto d = dissect(frame);
  FrameStack stack{.layers = {}, .fill = fill, .probe = {}};
  if (const auto probe = find_probe(frame)) stack.probe = probe->probe;
  for (const auto& l : d.layers) {
    Layer layer{.kind = l.kind, .fields = {}};
    const auto fields = format_of(l.kind).fields;
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (fields[i].role == FieldRole::kPlain)
        layer.fields.push_back({i, load_field(&frame[l.at], fields[i])});
    if (l.kind == LayerKind::kUdp) layer.checksum = ChecksumMode::kRight;
    stack.layers.push_back(layer);
  }
  return encode_frame(stack, static_cast<std::uint32_t>(frame.size()) + 4).value().bytes;
}

TEST(ProfileSource, EverySumCarriedAlongIsWhatAWholeEncodingGives) {
  auto source = source_of(kWild);
  ASSERT_TRUE(source) << describe(source.error());
  const auto frames = frames_of(*source, 5000);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    ASSERT_EQ(dissect(frames[i]).layers.size(), 9u) << i;
    ASSERT_EQ(frames[i], encoded_anew(frames[i], std::byte{165})) << i << ": " << layer_lines(frames[i]);
  }
}

TEST(ProfileSource, FieldsTakeTheValuesOfTheirSeries) {
  auto source =
      source_of("eth/vlan(id=4094..4092,pcp=0..7)/ipv4(src=198.18.255.255..198.19.0.1)/udp(dst_port=80|443)");
  const auto frames = frames_of(*source, 6);
  const auto value = [&](std::size_t frame, std::size_t layer, const char* name) {
    const auto l = dissect(frames[frame]).layers[layer];
    return load_field(&frames[frame][l.at], format_of(l.kind).fields[*find_field(format_of(l.kind), name)])
        .low;
  };
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(value(i, 1, "id"), 4094 - i % 3);
    EXPECT_EQ(value(i, 1, "pcp"), i);
    EXPECT_EQ(value(i, 2, "src"), 0xc612ffff + i % 3);
    EXPECT_EQ(value(i, 3, "dst_port"), i % 2 == 0 ? 80u : 443u);
  }
}

TEST(ProfileSource, FlowsKeepTheirSharesAndNumberTheirOwnProbes) {
  auto source =
      source_of("eth/ipv4/udp weight=3 id=5 size=64|67; eth/vlan/ipv6/tcp id=7 size=imix-v6; eth/arp");
  ASSERT_TRUE(source) << describe(source.error());
  std::map<std::uint16_t, std::uint64_t> next;
  int without = 0;
  for (const auto& f : frames_of(*source, 5000)) {
    const auto found = find_probe(f);
    if (!found) {
      ++without;
      continue;
    }
    ASSERT_EQ(found->probe.sequence, next[found->probe.flow]++);
  }
  EXPECT_EQ(next[5], 3000u);
  EXPECT_EQ(next[7], 416u);  // 84 bytes with a tag and TCP hold no probe
  EXPECT_EQ(without, 5000 - 3000 - 416);
  EXPECT_EQ(source->flows()[1].sent, 1000u);
}

TEST(ProfileSource, SizesComeInTheirShares) {
  auto source = source_of("eth/ipv4/udp size=imix");
  EXPECT_NEAR(source->mean_size(), (7 * 64 + 4 * 594 + 1518) / 12.0, 1e-9);
  std::map<std::size_t, int> sizes;
  for (const auto& f : frames_of(*source, 1200)) ++sizes[f.size() + 4];
  EXPECT_EQ(sizes, (std::map<std::size_t, int>{{64, 700}, {594, 400}, {1518, 100}}));
}

TEST(ProfileSource, RatesOfFlowsAreTheirShares) {
  auto source = source_of("eth/ipv4/udp rate=30kpps; eth/ipv4/tcp rate=10kpps");
  EXPECT_EQ(source->pps(), 40'000);
  (void)frames_of(*source, 400);
  EXPECT_EQ(source->flows()[0].sent, 300u);
}

TEST(ProfileSource, GoldenFrame) {
  auto source = source_of("eth/ipv4(src=198.18.0.1..198.18.0.9)/udp(dst_port=7) id=4660");
  const auto f = frames_of(*source, 1)[0];
  std::string hex;
  for (const std::byte b : f) {
    hex += "0123456789abcdef"[static_cast<int>(b) >> 4];
    hex += "0123456789abcdef"[static_cast<int>(b) & 15];
  }
  // As in doc/probe-format.md, but for sequence 0 and the time 1e18; the UDP checksum was summed apart, in
  // Python.
  EXPECT_EQ(hex,
            "0200000000020200000000010800"
            "4500002e000040004011ae97c6120001c6120002"
            "00090007001a"
            "a8e4"
            "4c711234000000000000"
            "0de0b6b3a7640000");
}

// Between the reading of the clock and the departure.
TEST(ProfileSource, WhenAFrameLeavesOnlyItsTimeAndWhatDependsOnItIsWritten) {
  auto source = source_of(kWild).value();
  std::vector<std::byte> buffer(source.first_frame().size());
  const std::array<std::byte*, 1> frame{buffer.data()};
  for (int i = 0; i < 200; ++i) {
    source.prepare(frame);
    auto before = buffer;
    source.stamp(frame, 1'000'000'000'000'000'000);
    const std::vector<std::byte> after(buffer.begin(), buffer.begin() + source.lengths()[0]);
    const auto d = dissect(after);
    std::copy_n(after.end() - 8, 8, before.begin() + static_cast<long>(after.size()) - 8);
    for (std::size_t l = 0; l < d.layers.size(); ++l)
      if (const auto sum = checksum_place(d.layers, l, after.size()); sum && sum->end == after.size())
        std::copy_n(&after[sum->at], 2, &before[sum->at]);
    ASSERT_EQ(std::vector(before.begin(), before.begin() + static_cast<long>(after.size())), after) << i;
  }
}

// As when a run ends in the wait before it.
TEST(ProfileSource, AFrameThatDoesNotLeaveIsNotCountedAndItsValuesAreTheNextOnes) {
  auto source = source_of("eth/ipv4/udp(src_port=1..9) size=64|128").value();
  std::vector<std::byte> buffer(source.first_frame().size());
  const std::vector<std::byte*> frames(1, buffer.data());
  source.prepare(frames);
  EXPECT_EQ(source.flows()[0].sent, 0u);
  EXPECT_EQ(source.flows()[0].sequence, 0u);
  source.begin(true);
  const auto sent = frames_of(source, 2);
  EXPECT_EQ(source.flows()[0].sent, 2u);
  EXPECT_EQ(find_probe(sent[1])->probe.sequence, 1u);
  auto anew = source_of("eth/ipv4/udp(src_port=1..9) size=64|128").value();
  EXPECT_EQ(sent, frames_of(anew, 2));
}

TEST(ProfileSource, TheSameSeedMakesTheSameFrames) {
  auto a = source_of(kWild), b = source_of(kWild);
  EXPECT_EQ(frames_of(*a, 50), frames_of(*b, 50));
}

TEST(ProfileSource, NeedsADestination) {
  const auto profile = load_profile("eth/arp").value();
  const auto made = ProfileSource::make(profile, {.dst_mac = {}, .src_mac = {}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().hint.find("--dst-mac"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::pktgen
