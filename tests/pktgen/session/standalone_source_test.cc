// What a stand-alone run takes from the open port.
#include "pktgen/session/standalone_source.h"

#include <gtest/gtest.h>

#include "tests/wire/tshark.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {
namespace {

/// A capture with a frame of each length.
void write_frames(const std::string& path, std::initializer_list<std::size_t> lengths) {
  auto writer = PcapngWriter::create(path, "test").value();
  writer.add_interface("x");
  for (const std::size_t length : lengths) writer.write(0, std::vector<std::byte>(length), 1'000'000);
  ASSERT_TRUE(writer.flush());
}

// AF_XDP may send less than the MTU allows (PortInfo::longest_frame). No frame may be longer than that, the
// blank one that the port is prepared with neither.
TEST(StandaloneSource, ACaptureIsHeldToWhatThePortSends) {
  const ScratchFile file(".pcapng");
  write_frames(file.path(), {64, 3840, 3841, 9000});
  Plan plan;
  plan.replay = ReplayOptions{.file = file.path()};
  PortInfo port;
  port.mtu = 9000;
  port.longest_frame = 3840;
  auto spec = spec_of(plan, std::span(&port, 1), 1, {});
  ASSERT_TRUE(spec) << spec.error().what;
  auto& source = std::get<ReplaySource>(spec->lanes.front().source);
  EXPECT_EQ(source.first_frame().size(), 3840u);
  EXPECT_EQ(source.available(4), 2u);
  EXPECT_EQ(source.counts().too_long, 2u);
}

}  // namespace
}  // namespace hopcost::pktgen
