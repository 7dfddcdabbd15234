// The program in the kernel's interpreter of one packet: what it makes of a page full of rubbish is, byte for
// byte, what FrameTemplate::stamp() makes.
#include "pktgen/io/xdp/frame_program.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/fd.h"
#include "tests/wire/frames.h"
#include "tests/wire/oracle.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

using Bytes = std::vector<std::byte>;

struct Made {
  Bytes frame;
  FrameState state{};
  std::uint32_t verdict = 0;
};

struct Kernel {
  Fd state{bpf_map_create(BPF_MAP_TYPE_ARRAY, "t_state", 4, sizeof(FrameState), 1, nullptr)};
  Fd devices{bpf_map_create(BPF_MAP_TYPE_DEVMAP, "t_devices", 4, 4, 1, nullptr)};  // nobody at key 0

  Made make(const FrameTemplate& t, std::uint64_t sequence, bool stamp, const Bytes& page) const {
    const auto code =
        frame_program(t, {.state_map = state.get(), .device_map = devices.get(), .stamp = stamp}).value();
    const Fd program(
        bpf_prog_load(BPF_PROG_TYPE_XDP, "t_frame", "Dual BSD/GPL", code.data(), code.size(), nullptr));
    EXPECT_TRUE(program.valid()) << strerror(errno);
    const std::uint32_t key = 0;
    Made made{.frame = Bytes(page.size())};
    made.state = {.next = sequence, .refused = 0};
    bpf_map_update_elem(state.get(), &key, &made.state, BPF_ANY);
    bpf_test_run_opts o{};
    o.sz = sizeof o;
    o.data_in = page.data();
    o.data_out = made.frame.data();
    o.data_size_in = o.data_size_out = static_cast<std::uint32_t>(page.size());
    o.repeat = 1;
    EXPECT_EQ(bpf_prog_test_run_opts(program.get(), &o), 0);
    made.verdict = o.retval;
    bpf_map_lookup_elem(state.get(), &key, &made.state);
    return made;
  }
};

#define NEEDS_BPF(kernel) \
  Kernel kernel;          \
  if (!kernel.state.valid() || !kernel.devices.valid()) GTEST_SKIP() << "needs CAP_BPF and CAP_NET_ADMIN"

std::vector<FrameTemplate> templates() {
  std::vector<FrameTemplate> all;
  for (const std::uint32_t size : {64u, 65u, 66u, 67u, 512u, 1518u})
    all.push_back(FrameTemplate::make(spec_v4(size), 1500).value());
  for (const std::uint32_t size : {84u, 85u, 87u, 1518u})
    all.push_back(FrameTemplate::make(spec_v6(size), 1500).value());
  return all;
}

/// What a receiver may leave: other MACs, TTL, checksum and probe, and the payload as it was.
Bytes spoiled(const FrameTemplate& t) {
  Bytes page(t.bytes().begin(), t.bytes().end());
  const std::size_t headers = t.bytes()[12] == std::byte{8} ? 42 : 62;
  for (std::size_t i = 0; i < headers; ++i) page[i] = std::byte{0xa5};
  for (std::size_t i = page.size() - kProbeBytes; i < page.size(); ++i) page[i] = std::byte{0x5a};
  return page;
}

TEST(FrameProgram, NumbersAsTheTemplateDoes) {
  NEEDS_BPF(kernel);
  for (const auto& t : templates()) {
    for (const std::uint64_t sequence :
         {0ull, 1ull, 0xffffull, 0x123456789abcull, 0xffffffffffffull, 0x1000000000007ull}) {
      const auto made = kernel.make(t, sequence, false, spoiled(t));
      ASSERT_EQ(made.frame, stamped(t, sequence, 0)) << t.size() << " " << sequence;
      ASSERT_TRUE(oracle::frame_is_right(made.frame));
      EXPECT_EQ(made.state.next, sequence + 1);
    }
  }
}

TEST(FrameProgram, StampsWithTheTimeOfDay) {
  NEEDS_BPF(kernel);
  timespec tai{}, realtime{};
  clock_gettime(CLOCK_TAI, &tai);
  clock_gettime(CLOCK_REALTIME, &realtime);
  if (tai.tv_sec - realtime.tv_sec > 1) GTEST_SKIP() << "this machine's TAI is not its time of day";
  for (const auto& t : templates()) {
    const std::uint64_t before = kernel_clock_ns(CLOCK_REALTIME);
    const auto made = kernel.make(t, 77, true, spoiled(t));
    const std::uint64_t after = kernel_clock_ns(CLOCK_REALTIME);
    const auto probe = find_probe(made.frame).value().probe;
    EXPECT_GE(probe.tx_ns + 1000, before);
    EXPECT_LE(probe.tx_ns, after + 1000);
    ASSERT_EQ(made.frame, stamped(t, 77, probe.tx_ns)) << t.size();
  }
}

TEST(FrameProgram, ManyTimesHaveRightChecksums) {
  NEEDS_BPF(kernel);
  const auto t = FrameTemplate::make(spec_v4(65), 1500).value();
  for (std::uint64_t i = 0; i < 300; ++i)
    ASSERT_TRUE(oracle::frame_is_right(kernel.make(t, i * 7919, true, spoiled(t)).frame)) << i;
}

TEST(FrameProgram, WithoutADeviceTheFrameIsRefused) {
  NEEDS_BPF(kernel);
  const auto t = FrameTemplate::make(spec_v4(), 1500).value();
  const auto made = kernel.make(t, 5, false, spoiled(t));
  EXPECT_EQ(made.verdict, static_cast<std::uint32_t>(XDP_ABORTED));
  EXPECT_EQ(made.state.refused, 1u);
}

TEST(FrameProgram, APageTooShortIsLeftAlone) {
  NEEDS_BPF(kernel);
  const auto t = FrameTemplate::make(spec_v4(128), 1500).value();
  const auto made = kernel.make(t, 5, false, Bytes(100, std::byte{1}));
  EXPECT_EQ(made.frame, Bytes(100, std::byte{1}));
  EXPECT_EQ(made.state.next, 5u);
}

}  // namespace
}  // namespace hopcost::pktgen
