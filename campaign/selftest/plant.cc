#include "campaign/selftest/plant.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>

#include <atomic>
#include <cerrno>

#include "base/netns.h"
#include "plant.bpf.skel.h"
#include "wire/layout.h"
#include "wire/probe.h"

namespace hopcost::campaign {

struct Plant::Program {
  plant_bpf* skeleton = nullptr;
  PlantSite site;
  unsigned ifindex = 0;
  bool attached = false;

  [[nodiscard]] Result<void> attach();
  ~Program();
};

namespace {

bpf_tc_hook tc_hook(const PlantSite& site, unsigned ifindex) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = static_cast<int>(ifindex);
  hook.attach_point = site.hook == PlantSite::Hook::kTcEgress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
  return hook;
}

Result<void> attached_or(int err, const PlantSite& site) {
  if (err == 0) return {};
  return errno_error(-err, fmt::format("plant a program at {}", site.text()));
}

}  // namespace

std::string PlantSite::text() const {
  const char* const what = hook == Hook::kXdpGeneric  ? "XDP"
                           : hook == Hook::kTcIngress ? "tc ingress"
                                                      : "tc egress";
  return fmt::format("{} of {}/{}", what, netns, device);
}

std::vector<PlantSite> plant_sites(const Path& path) {
  std::vector<PlantSite> sites;
  for (std::size_t i = 0; i < path.points.size(); ++i) {
    const Point& p = path.points[i];
    if (p.port != 0) continue;
    const bool last = i + 1 == path.points.size();
    if (p.direction == "out") {
      sites.push_back({p.netns, p.device, PlantSite::Hook::kTcEgress, i + 1});
      continue;
    }
    sites.push_back({p.netns, p.device, PlantSite::Hook::kXdpGeneric, i});
    if (!last) sites.push_back({p.netns, p.device, PlantSite::Hook::kTcIngress, i + 1});
  }
  return sites;
}

Result<void> Plant::Program::attach() {
  if (site.hook == PlantSite::Hook::kXdpGeneric) {
    const int fd = bpf_program__fd(skeleton->progs.plant_xdp);
    return attached_or(bpf_xdp_attach(static_cast<int>(ifindex), fd, XDP_FLAGS_SKB_MODE, nullptr), site);
  }
  bpf_tc_hook hook = tc_hook(site, ifindex);
  if (const int err = bpf_tc_hook_create(&hook); err != 0 && err != -EEXIST) return attached_or(err, site);
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.prog_fd = bpf_program__fd(skeleton->progs.plant_tc);
  return attached_or(bpf_tc_attach(&hook, &options), site);
}

Plant::Program::~Program() {
  auto scope = NetnsScope::enter(site.netns);  // the namespace may be gone, and the program with it
  if (attached && scope) {
    if (site.hook == PlantSite::Hook::kXdpGeneric) {
      bpf_xdp_detach(static_cast<int>(ifindex), XDP_FLAGS_SKB_MODE, nullptr);
    } else {
      bpf_tc_hook hook = tc_hook(site, ifindex);
      // Removes the qdisc with everything in it.
      hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
      bpf_tc_hook_destroy(&hook);
    }
  }
  plant_bpf::destroy(skeleton);
}

Plant::Plant(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Plant::Plant(Plant&&) noexcept = default;
Plant::~Plant() = default;

Result<Plant> Plant::at(const PlantSite& site, std::uint32_t frame_bytes) {
  libbpf_set_print(nullptr);
  auto program = std::make_unique<Program>();
  program->site = site;
  program->skeleton = plant_bpf::open();
  if (program->skeleton == nullptr) return errno_error(errno, "read the self-test's BPF programs");
  program->skeleton->bss->probe_at = frame_bytes - static_cast<std::uint32_t>(kProbeBytes);
  constexpr std::size_t kChecksumInUdp = 6;
  program->skeleton->bss->udp_checksum_at =
      static_cast<std::uint32_t>(layout::kEthBytes + layout::kIpv4Bytes + kChecksumInUdp);
  if (const int err = plant_bpf::load(program->skeleton); err != 0)
    return errno_error(-err, "load the self-test's BPF programs", err == -EPERM ? "run with sudo" : "");
  auto scope = NetnsScope::enter(site.netns);
  if (!scope) return forward(scope);
  auto index = interface_index(site.device);
  if (!index) return forward(index);
  program->ifindex = *index;
  if (auto r = program->attach(); !r) return forward(r);
  program->attached = true;
  return Plant(std::move(program));
}

namespace {

template <class T>
void set(T& shared, std::uint64_t value) noexcept {
  std::atomic_ref(shared).store(value);
}

template <class T>
std::uint64_t read(T& shared) noexcept {
  return std::atomic_ref(shared).load();
}

}  // namespace

void Plant::set_delay(bool odd, std::uint64_t ns) noexcept {
  set(program_->skeleton->bss->spin_ns[odd], ns);
}

void Plant::set_drop_every(std::uint64_t n) noexcept {
  set(program_->skeleton->bss->drop_every, n);
}

void Plant::set_copy_every(std::uint64_t n) noexcept {
  set(program_->skeleton->bss->copy_every, n);
}

void Plant::set_swap_every(std::uint64_t n) noexcept {
  set(program_->skeleton->bss->swap_every, n);
}

Plant::Held Plant::held(bool odd) const noexcept {
  auto& shared = *program_->skeleton->bss;
  return {read(shared.spun[odd]), read(shared.spun_ns[odd])};
}

std::uint64_t Plant::dropped() const noexcept {
  return read(program_->skeleton->bss->dropped);
}

std::uint64_t Plant::copied() const noexcept {
  return read(program_->skeleton->bss->copied);
}

std::uint64_t Plant::swapped() const noexcept {
  return read(program_->skeleton->bss->swapped);
}

}  // namespace hopcost::campaign
