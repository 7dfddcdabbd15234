// pcapng by hand: sections, resolutions, kinds of packets, and what must be refused.
#include <gtest/gtest.h>

#include <random>

#include "tests/wire/capture_builder.h"
#include "wire/pcap_reader.h"

namespace hopcost {
namespace {

using Builder = PcapngText;

struct Got {
  std::vector<std::uint64_t> ns;
  std::vector<std::uint32_t> interfaces;
  std::vector<std::size_t> sizes;
  std::string why;
};

Got read(const std::string& bytes) {
  const CaptureFile file(bytes);
  Got got;
  auto reader = PcapReader::open(file.path());
  if (!reader) return {.ns = {}, .interfaces = {}, .sizes = {}, .why = reader.error().what};
  PcapPacket p;
  PcapReader::Next next;
  while ((next = reader->next(p)) == PcapReader::Next::kPacket) {
    got.ns.push_back(p.ns);
    got.interfaces.push_back(p.interface);
    got.sizes.push_back(p.bytes.size());
  }
  if (next == PcapReader::Next::kError) got.why = reader->error().what;
  return got;
}

TEST(PcapngBlocks, EveryResolutionBothByteOrders) {
  for (const bool swapped : {false, true}) {
    Builder b(swapped);
    b.section()
        .interface()
        .interface(0)
        .interface(9)
        .interface(12)
        .interface(0x80 | 10)
        .interface(6, 1'000'000)
        .interface(0x80 | 63);
    b.packet(0, 1'500'000, "abcde")
        .packet(1, 7, "abcd")
        .packet(2, (5ull << 32) + 1, "x")
        .packet(3, 2'000'000'999'999, "x");
    b.packet(4, 1536, "x").packet(5, 1, "x").packet(6, (1ull << 63) + (1ull << 62), "x");
    const auto got = read(b.file());
    EXPECT_EQ(got.why, "");
    EXPECT_EQ(got.ns,
              (std::vector<std::uint64_t>{1'500'000'000, 7'000'000'000, (5ull << 32) + 1, 2'000'000'999,
                                          1'500'000'000, 1'000'000'000'001'000, 1'500'000'000}));
    EXPECT_EQ(got.sizes[0], 5u);
  }
}

#if defined(__SIZEOF_INT128__)
TEST(PcapngBlocks, BinaryResolutionsAreExact) {
  __extension__ using Wide = unsigned __int128;
  std::mt19937_64 random(3);
  Builder b;
  b.section();
  for (int bits = 0; bits < 64; ++bits) b.interface(0x80 | bits);
  std::vector<std::uint64_t> expected;
  for (unsigned i = 0; i < 1024; ++i) {
    const unsigned bits = i % 64;
    const std::uint64_t ticks = bits < 34 ? random() >> (34 - bits) : random();  // else beyond 64 bits of ns
    expected.push_back(static_cast<std::uint64_t>(static_cast<Wide>(ticks) * 1'000'000'000u >> bits));
    b.packet(bits, ticks, "x");
  }
  const auto got = read(b.file());
  EXPECT_EQ(got.why, "");
  EXPECT_EQ(got.ns, expected);
}
#endif

TEST(PcapngBlocks, SectionsStartTheirInterfacesAnew) {
  Builder first, second(true);
  first.section().interface().interface().packet(1, 1, "x");
  second.section().interface(9).packet(0, 1, "x");
  const auto got = read(first.file() + second.file());
  EXPECT_EQ(got.why, "");
  EXPECT_EQ(got.interfaces, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(got.ns, (std::vector<std::uint64_t>{1000, 1}));
}

TEST(PcapngBlocks, SimpleOldAndForeignBlocks) {
  Builder b;
  b.section().interface(-1, 0, 4);
  b.put(9u).raw("abcd").block(3);  // simple: cut to the interface's limit
  b.put(std::uint16_t{0})
      .put(std::uint16_t{0})
      .put(0u)
      .put(3u)
      .put(2u)
      .put(2u)
      .raw("ab")
      .raw(std::string(2, '\0'))
      .block(2);
  b.raw("whatever").block(0x80000001);
  const auto got = read(b.file());
  EXPECT_EQ(got.why, "");
  EXPECT_EQ(got.sizes, (std::vector<std::size_t>{4, 2}));
  EXPECT_EQ(got.ns, (std::vector<std::uint64_t>{0, 3000}));
}

TEST(PcapngBlocks, RefusesWhatIsWrong) {
  const auto why = [](const Builder& b) { return read(b.file()).why; };
  EXPECT_NE(why(Builder().section().packet(0, 1, "x")).find("byte 28: a packet of an interface"),
            std::string::npos);
  EXPECT_NE(why(Builder().section().interface().packet(0, 1, "x", 5)).find("longer than its block"),
            std::string::npos);
  EXPECT_NE(why(Builder().section().interface(20)).find("byte 28: a bad interface"), std::string::npos);
  EXPECT_NE(why(Builder().section().put(1u).block(6)).find("too short"), std::string::npos);
  EXPECT_NE(
      why(Builder().put(0x1a2b3c4du).put(std::uint16_t{2}).put(std::uint16_t{0}).put(0ull).block(0x0a0d0d0a))
          .find("version"),
      std::string::npos);
  EXPECT_EQ(why(Builder().section(2).interface().packet(0, 1, "x")), "");
  EXPECT_NE(why(Builder().section(1).interface().packet(0, 1, "x")).find("version"), std::string::npos);
  std::string lengths = Builder().section().interface().packet(0, 1, "abcd").file();
  lengths[lengths.size() - 4] ^= 4;
  EXPECT_NE(read(lengths).why.find("two lengths differ"), std::string::npos);
  std::string odd = Builder().section().interface().packet(0, 1, "abcd").file();
  odd[28 + 20 + 4] ^= 1;
  EXPECT_NE(read(odd).why.find("out of range"), std::string::npos);
}

// Whatever a byte is changed to, the reader ends, within its bounds (the sanitizers watch).
TEST(PcapngBlocks, AnyByteMayBeWrong) {
  const std::string good =
      Builder().section().interface(9).packet(0, 1, "abcde").packet(0, 2, "abcdefgh").file();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ change);
      (void)read(bad);
    }
  }
}

}  // namespace
}  // namespace hopcost
