// What an af_packet tap gives as frames: as they were on the wire, with the tags that the kernel takes off.
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>
#include <vector>

#include "analyzer/config.h"
#include "analyzer/tap/af_packet/af_packet_tap.h"
#include "base/netns.h"
#include "tests/analyzer/netns/sandbox.h"

namespace hopcost::analyzer {
namespace {

using Bytes = std::vector<std::byte>;

struct Kept {
  std::vector<Bytes> frames;
  std::vector<std::uint32_t> wire_bytes;
  void frame(const Frame& f) noexcept {
    if (f.bytes.size() < 15 || f.bytes[0] != std::byte{0x02} || f.bytes[1] != std::byte{0x77})
      return;  // chatter
    frames.emplace_back(f.bytes.begin(), f.bytes.end());
    wire_bytes.push_back(f.wire_bytes);
  }
};

/// 60 bytes of nobody's protocol behind these tags.
Bytes frame_with(const std::vector<unsigned>& tag_words) {
  Bytes f{std::byte{0x02}, std::byte{0x77}};
  f.resize(12);
  for (const unsigned word : tag_words) {
    f.push_back(static_cast<std::byte>(word >> 8));
    f.push_back(static_cast<std::byte>(word));
  }
  f.insert(f.end(), {std::byte{0x88}, std::byte{0xb5}});
  for (int i = 0; f.size() < 60; ++i) f.push_back(static_cast<std::byte>(i));
  return f;
}

void send_all(const std::string& netns, const std::vector<Bytes>& frames) {
  auto scope = NetnsScope::enter(netns);
  const Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(interface_index("t0").value_or(0));
  for (const auto& f : frames)
    EXPECT_EQ(sendto(socket.get(), f.data(), f.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(f.size()));
}

TEST(AfPacketFrames, TagsAreWhereTheyWere) {
  Sandbox box;
  box.build_bridge();
  NEED_SANDBOX(box);
  auto tap = [&] {
    auto scope = NetnsScope::enter(box.dut());
    return AfPacketTap::open(parse_tap("a=d0:in").value(), {});
  }();
  ASSERT_TRUE(tap) << describe(tap.error());
  const std::vector<Bytes> sent{frame_with({}), frame_with({0x8100, 0x6005}),
                                frame_with({0x88a8, 100, 0x8100, 7}), frame_with({0x8100, 0}),
                                frame_with({0x9100, 9})};
  send_all(box.tester(), sent);
  std::this_thread::sleep_for(std::chrono::milliseconds(4 * tap->settle_ms()));
  Kept kept;
  (void)tap->drain_frames(kept);
  ASSERT_EQ(kept.frames.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(kept.frames[i], sent[i]) << i;
    EXPECT_EQ(kept.wire_bytes[i], sent[i].size()) << i;
  }
}

}  // namespace
}  // namespace hopcost::analyzer
