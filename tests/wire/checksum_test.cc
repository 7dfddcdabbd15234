#include "wire/checksum.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/wire/oracle.h"
#include "wire/byte_order.h"

namespace hopcost {
namespace {

std::vector<std::byte> random_bytes(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(n);
  for (auto& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

TEST(Checksum, MatchesOracleAtEveryLength) {
  for (std::size_t n = 0; n < 200; ++n) {
    const auto bytes = random_bytes(n, static_cast<unsigned>(n));
    EXPECT_EQ(big_endian(checksum_of(ones_sum(bytes))), oracle::checksum(bytes)) << n;
  }
}

TEST(Checksum, OddLengthMatchesOracle) {
  const std::vector<std::byte> bytes{std::byte{0x12}, std::byte{0x34}, std::byte{0xab}};
  EXPECT_EQ(big_endian(checksum_of(ones_sum(bytes))), 0xffff - (0x1234 + 0xab00));
}

TEST(Checksum, Rfc1071Example) {
  const std::vector<std::byte> bytes{std::byte{0x00}, std::byte{0x01}, std::byte{0xf2}, std::byte{0x03},
                                     std::byte{0xf4}, std::byte{0xf5}, std::byte{0xf6}, std::byte{0xf7}};
  EXPECT_EQ(big_endian(ones_fold(ones_sum(bytes))), 0xddf2);
}

TEST(Checksum, CarriesOutOfTheTopComeBack) {
  const std::vector<std::byte> ones(64, std::byte{0xff});
  EXPECT_EQ(ones_fold(ones_sum(ones)), 0xffff);
  EXPECT_EQ(checksum_of(ones_sum(ones)), 0);
  EXPECT_EQ(udp_checksum_of(ones_sum(ones)), 0xffff);
}

TEST(Checksum, ZeroIsOnlySentAsAllOnesInUdp) {
  EXPECT_EQ(checksum_of(0xffff), 0);
  EXPECT_EQ(udp_checksum_of(0xffff), 0xffff);
  EXPECT_EQ(udp_checksum_of(0), 0xffff);
  EXPECT_EQ(udp_checksum_of(1), 0xfffe);
}

}  // namespace
}  // namespace hopcost
