// Round trips, and bytes that someone spoilt.
#include "stats/hdr_codec.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <random>

#include "stats/base64.h"

namespace hopcost {
namespace {

using Bytes = std::vector<std::uint8_t>;

HdrHistogram sample(HdrHistogram::Config config = {}) {
  auto h = HdrHistogram::create(config).value();
  std::mt19937_64 random(9);
  for (int i = 0; i < 3000; ++i) h.record(random() % config.highest >> (random() % 30));
  return h;
}

void put(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

struct Header {
  std::uint32_t cookie = 0x1c849313;
  std::uint32_t payload = 0;
  std::uint32_t offset = 0;
  std::uint32_t digits = 3;
  std::uint64_t lowest = 1;
  std::uint64_t highest = 100'000'000'000;
  double ratio = 1.0;
};

// A compressed histogram by hand; `header.payload` 0 stands for the payload's own length.
Bytes by_hand(Header header, const Bytes& payload) {
  Bytes plain;
  put(plain, header.cookie, 4);
  put(plain, header.payload != 0 ? header.payload : payload.size(), 4);
  put(plain, header.offset, 4);
  put(plain, header.digits, 4);
  put(plain, header.lowest, 8);
  put(plain, header.highest, 8);
  put(plain, std::bit_cast<std::uint64_t>(header.ratio), 8);
  plain.insert(plain.end(), payload.begin(), payload.end());
  Bytes packed(compressBound(plain.size()));
  uLongf size = packed.size();
  EXPECT_EQ(compress(packed.data(), &size, plain.data(), plain.size()), Z_OK);
  Bytes out;
  put(out, 0x1c849314, 4);
  put(out, size, 4);
  out.insert(out.end(), packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
  return out;
}

std::string fault(const Bytes& bytes) {
  auto h = decode_compressed(bytes);
  return h ? "decoded" : h.error().what;
}

TEST(HdrCodec, RoundTripsAllLayouts) {
  for (const HdrHistogram::Config& config : {HdrHistogram::Config{},
                                             {.lowest = 1000, .highest = 1ull << 40, .digits = 2},
                                             {.lowest = 1, .highest = (1ull << 63) - 1, .digits = 5},
                                             {.lowest = 1, .highest = 2, .digits = 1}}) {
    HdrHistogram h = sample(config);
    h.record_n(1, 1ull << 62);  // a nine-byte number
    auto back = decode_base64(encode_base64(h));
    ASSERT_TRUE(back.has_value()) << describe(back.error());
    EXPECT_TRUE(*back == h);
  }
  EXPECT_TRUE(decode_base64(encode_base64(HdrHistogram())).value() == HdrHistogram());
}

TEST(HdrCodec, ByHand) {
  // ZigZag: 2 -> 1, 0x85 0x01 -> -67, 0xc8 0x01 -> 100
  const auto h = decode_compressed(by_hand({}, {0x02, 0x85, 0x01, 0xc8, 0x01}));
  ASSERT_TRUE(h.has_value()) << describe(h.error());
  EXPECT_EQ(h->count(), 101u);
  EXPECT_EQ(h->min(), 0u);
  EXPECT_EQ(h->max(), 68u);
}

TEST(HdrCodec, SaysWhatIsWrong) {
  EXPECT_EQ(fault({}), "decode a histogram: only 0 bytes");
  EXPECT_NE(fault(by_hand({.cookie = 0x1c849301}, {})).find("inner cookie"), std::string::npos);
  EXPECT_NE(fault(by_hand({.offset = 1}, {0})).find("normalising"), std::string::npos);
  EXPECT_NE(fault(by_hand({.digits = 6}, {0})).find("digits"), std::string::npos);
  EXPECT_NE(fault(by_hand({.digits = 0}, {0})).find("digits"), std::string::npos);
  EXPECT_NE(fault(by_hand({.lowest = 0}, {0})).find("lowest"), std::string::npos);
  EXPECT_NE(fault(by_hand({.highest = ~0ull}, {0})).find("highest"), std::string::npos);
  EXPECT_NE(fault(by_hand({.ratio = 0.5}, {0})).find("DoubleHistogram"), std::string::npos);
  EXPECT_NE(fault(by_hand({.payload = 0xffffffff}, {0})).find("longer than"), std::string::npos);
  EXPECT_NE(fault(by_hand({.payload = 100}, {0})).find("ends early"), std::string::npos);
  EXPECT_NE(fault(by_hand({}, {0x80})).find("within a number"), std::string::npos);
  EXPECT_NE(fault(by_hand({.digits = 1, .highest = 2}, Bytes(100, 2))).find("more counts"),
            std::string::npos);
  EXPECT_EQ(fault(by_hand({.digits = 1, .highest = 2}, Bytes(32, 2))), "decoded") << "all 32 steps";
  EXPECT_NE(fault(by_hand({.digits = 1, .highest = 2}, Bytes(33, 2))).find("more counts"), std::string::npos);
  const Bytes lots = {0xff, 0xff, 0xff, 0xff, 0x0f};  // some -2^31 empty steps
  EXPECT_NE(fault(by_hand({}, lots)).find("past the highest"), std::string::npos);
  Bytes huge;  // 2^63 - 1 twice
  for (int i = 0; i < 2; ++i) huge.insert(huge.end(), {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  EXPECT_NE(fault(by_hand({}, huge)).find("2^63"), std::string::npos);
}

TEST(HdrCodec, LowestNumberIsNotNegatedIntoTrouble) {
  const Bytes lowest(9, 0xff);  // -2^63
  EXPECT_NE(fault(by_hand({}, lowest)).find("past the highest"), std::string::npos);
}

TEST(HdrCodec, EveryCutIsAnError) {
  const Bytes whole = encode_compressed(sample());
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(decode_compressed(std::span(whole).first(n)).has_value()) << n;
}

TEST(HdrCodec, FlippedBitsAreNoticed) {
  const Bytes whole = encode_compressed(sample());
  std::mt19937_64 random(10);
  for (int i = 0; i < 3000; ++i) {
    Bytes spoilt = whole;
    const std::size_t at =
        10 + random() % (spoilt.size() - 10);  // behind the outer header and zlib's two bytes
    spoilt[at] ^= static_cast<std::uint8_t>(1u << (random() % 8));
    const auto h = decode_compressed(spoilt);
    EXPECT_TRUE(!h || *h == sample()) << at;  // deflate's last byte has bits that mean nothing
  }
}

TEST(HdrCodec, RandomPayloadsNeverCrash) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 3000; ++i) {
    Bytes payload(random() % 200);
    for (std::uint8_t& b : payload) b = static_cast<std::uint8_t>(random() >> (random() % 64));
    const auto h = decode_compressed(by_hand({.digits = static_cast<std::uint32_t>(1 + random() % 5),
                                              .highest = 2 + (random() >> (1 + random() % 62))},
                                             payload));
    if (h) (void)encode_compressed(*h);
  }
}

TEST(Base64, KnownAnswersAndFaults) {  // RFC 4648 section 10
  for (const auto& [plain, coded] : {std::pair<std::string, std::string>{"", ""},
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"foob", "Zm9vYg=="},
                                     {"fooba", "Zm9vYmE="},
                                     {"foobar", "Zm9vYmFy"}}) {
    const Bytes bytes(plain.begin(), plain.end());
    EXPECT_EQ(base64_encode(bytes), coded);
    EXPECT_EQ(base64_decode(coded).value(), bytes);
  }
  for (const char* bad : {"Z", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9 ", "Zm\n9", "Zm9-"})
    EXPECT_FALSE(base64_decode(bad).has_value()) << bad;
}

}  // namespace
}  // namespace hopcost
