// A disk that is slower than the traffic stops nobody, and what it did not get is counted.
#include "analyzer/output/hop_capture.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/analyzer/start.h"
#include "tests/wire/tshark.h"

namespace hopcost::analyzer {
namespace {

TEST(HopCapture, NeverWaitsForTheDiskAndCountsWhatItLeftOut) {
  const ScratchFile scratch(".pipe");
  ASSERT_EQ(mkfifo(scratch.path().c_str(), 0600), 0);
  const Fd reader(open(scratch.path().c_str(), O_RDONLY | O_NONBLOCK));
  ASSERT_TRUE(reader.valid());
  auto capture = *HopCapture::create({.path = scratch.path(), .taps = {"a", "b"}});
  capture->start();
  const std::vector<std::byte> bytes(1000);
  constexpr std::uint64_t kFrames = 30'000;
  for (std::uint64_t n = 0; n < kFrames; ++n) {  // 30 MB into a pipe that nobody reads, over three minutes
    const std::uint64_t ns = kStart + n / 2 * 6'000'000;
    capture->take({static_cast<unsigned>(n % 2), ns, n / 2, kStart}, {bytes, 1000, ns});
  }
  std::jthread drinker([&](const std::stop_token& stop) {
    std::vector<char> sip(1 << 20);
    while (!stop.stop_requested())
      if (read(reader.get(), sip.data(), sip.size()) <= 0) std::this_thread::yield();
  });
  const auto written = capture->close({});
  ASSERT_TRUE(written);
  EXPECT_GT(written->frames, 0u);
  EXPECT_LT(written->frames, kFrames);
  EXPECT_EQ(written->frames + written->left_out, kFrames);
}

}  // namespace
}  // namespace hopcost::analyzer
