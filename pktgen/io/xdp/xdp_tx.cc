#include "pktgen/io/xdp/xdp_tx.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/units.h"

namespace hopcost::pktgen {
namespace {

// Frames per turn of the kernel's loop, up to 256; each turn flushes the device's queue. Chosen by
// benches/pktgen/versus_xdp_trafficgen.py.
constexpr std::uint32_t kBatch = 64;

// A page less XDP's headroom (256), the skb_shared_info after a frame (320) and the kernel's header of a live
// frame (some 110, net/bpf/test_run.c), rounded down.
constexpr std::uint32_t kMostBytes = 3328;

// How long a device may take to count its first frame.
constexpr int kPatienceMs = 50;

constexpr const char* kPrivilegeHint = "needs CAP_BPF and CAP_NET_ADMIN: run with sudo";

std::uint64_t tai_offset_ns() noexcept {
  timex t{};
  adjtimex(&t);
  return static_cast<std::uint64_t>(t.tai) * kNsPerSecond;
}

/// The error has the verifier's log, which says why a program is refused.
Result<Fd> load(const std::vector<bpf_insn>& code) {
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  Fd program(
      bpf_prog_load(BPF_PROG_TYPE_XDP, "hopcost_frame", "Dual BSD/GPL", code.data(), code.size(), &options));
  if (program.valid()) return program;
  const int err = errno;
  std::array<char, 8192> log{};
  options.log_buf = log.data();
  options.log_size = log.size();
  options.log_level = 1;
  Fd again(
      bpf_prog_load(BPF_PROG_TYPE_XDP, "hopcost_frame", "Dual BSD/GPL", code.data(), code.size(), &options));
  if (err == EPERM) return errno_error(err, "load the program that makes frames", kPrivilegeHint);
  return errno_error(err, "load the program that makes frames",
                     fmt::format("stamps need Linux 6.1: try --no-stamp\n  {}", log.data()));
}

}  // namespace

Result<std::unique_ptr<XdpTx>> XdpTx::open(const std::string& device, unsigned ifindex, bool counts_at_once,
                                           TxLedger ledger) {
  auto counters = DeviceCounters::open(device);
  if (!counters) return forward(counters);
  const std::uint32_t key = 0;
  Fd devices(bpf_map_create(BPF_MAP_TYPE_DEVMAP, "hopcost_dev", sizeof key, sizeof ifindex, 1, nullptr));
  if (!devices.valid())
    return errno_error(errno, "create a map of devices", errno == EPERM ? kPrivilegeHint : "");
  if (bpf_map_update_elem(devices.get(), &key, &ifindex, BPF_ANY) != 0)
    return errno_error(errno, fmt::format("enter {} in a map of devices", device));
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = BPF_F_MMAPABLE;
  Fd state(bpf_map_create(BPF_MAP_TYPE_ARRAY, "hopcost_state", sizeof key, sizeof(FrameState), 1, &options));
  if (!state.valid()) return errno_error(errno, "create the map of a run's state");
  auto shared = MappedMemory::map(static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), state.get());
  if (!shared) return forward(shared);
  auto place = DispatcherPlace::take();
  if (!place) return forward(place);
  std::unique_ptr<XdpTx> tx(new XdpTx(std::move(ledger), std::move(*counters), std::move(*place),
                                      std::move(devices), std::move(state), std::move(*shared)));
  tx->counts_at_once_ = counts_at_once;
  return tx;
}

Result<void> XdpTx::prepare(const FrameTemplate& t, const FrameNumbering& numbering) {
  if (t.size() > kMostBytes)
    return error(Exit::kUsage,
                 fmt::format("xdp makes a frame in one page, and this one has {} bytes", t.size()),
                 fmt::format("the most it makes is a size of {} bytes", kMostBytes + kFcsBytes));
  auto code = frame_program(t, {.state_map = state_map_.get(),
                                .device_map = devices_.get(),
                                .stamp = numbering.stamp,
                                .tai_offset_ns = tai_offset_ns()});
  if (!code) return forward(code);
  auto program = load(*code);
  if (!program) return forward(program);
  if (auto ok = place_.give_to(*program); !ok) return ok;
  program_ = std::move(*program);
  std::copy(t.bytes().begin(), t.bytes().end(), frame_.begin());
  frame_bytes_ = t.size();
  state().next = first_ = numbering.first_sequence;
  state().refused = 0;
  before_ = counters_.read();
  ledger_.begin();
  failed_ = 0;
  lost_ = 0;
  seen_ = !counts_at_once_;
  return {};
}

int XdpTx::run(std::uint32_t repeat) noexcept {
  xdp_md context{};
  context.data_end = frame_bytes_;
  bpf_test_run_opts o{};
  o.sz = sizeof o;
  o.data_in = frame_.data();
  o.data_size_in = frame_bytes_;
  o.ctx_in = &context;
  o.ctx_size_in = sizeof context;
  o.repeat = static_cast<int>(repeat);
  o.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  o.batch_size = std::min(kBatch, repeat);
  return bpf_prog_test_run_opts(program_.get(), &o) == 0 ? 0 : errno;
}

std::uint64_t XdpTx::make(std::uint32_t n) noexcept {
  const std::uint64_t first = state().next;
  if (const int err = run(n); err != 0 && err != EINTR && err != EAGAIN) failed_ = err;
  if (state().refused != 0) failed_ = ENODEV;
  if (!seen_) look_at_counters();
  return state().next - first;
}

/// A device that can't send redirected frames does not report that; only its counters stand still. A veth
/// counts when its peer takes the frames, possibly on another thread.
void XdpTx::look_at_counters() noexcept {
  for (int ms = 0;; ++ms) {
    const auto now = counters_.read();
    seen_ = now.packets != before_.packets || now.dropped != before_.dropped;
    if (seen_ || failed() != 0) return;
    if (!now.there || ms == kPatienceMs) {
      if (ledger_.link()->look() == 0) failed_ = now.there ? EOPNOTSUPP : ENODEV;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::uint64_t XdpTx::errors() const noexcept {
  return failed_ == EOPNOTSUPP ? state().next - first_ : state().refused + lost_;
}

void XdpTx::settle() noexcept {
  lost_ = ledger_.lost(state().next - first_ - state().refused);
}

std::string XdpTx::note() const {
  if (failed_ == EOPNOTSUPP)
    return "the device does not send what XDP redirects to it; for veth, switch GRO on at the other end "
           "(ethtool -K DEVICE "
           "gro on) or attach an XDP program there; some NICs want an XDP program on themselves";
  return "frames were made in the kernel: those of one departure leave back to back, each with its own time; "
         "what the "
         "device did with them is known from its own counters alone";
}

}  // namespace hopcost::pktgen
