#include "nsglue/kernel/machine.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/fd.h"
#include "base/signals.h"
#include "nsglue/kernel/client.h"
#include "nsglue/kernel/daemons.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/tap.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;

/// KVM_CREATE_VM from linux/kvm.h, which not every architecture has.
constexpr unsigned long kCreateVm = _IO(0xAE, 0x01);
constexpr auto kBootPatience = std::chrono::seconds(60);
constexpr auto kBootPause = std::chrono::milliseconds(5);
constexpr auto kStartPatience = std::chrono::seconds(30);
constexpr const char* kQemu = "qemu-system-x86_64";
constexpr const char* kAnswers = "hopcost: the guest answers";  // what guest_end.cc prints
constexpr const char* kPidName = "qemu";
constexpr std::string_view kConsole = "/console.log", kAccelerator = "/accelerator";

/// The folder in which guest/kernel.sh has put the guest's kernel and its initial ramdisk.
fs::path guest_folder() {
  if (const char* chosen = std::getenv("HOPCOST_GUEST")) return chosen;
  std::error_code none;
  const fs::path here = fs::read_symlink("/proc/self/exe", none).parent_path();
  for (const fs::path& folder :
       {here / "../guest", here / "../../guest", here / "../../build/guest", here / "../../../build/guest"}) {
    if (fs::exists(folder / "machine", none)) return fs::weakly_canonical(folder, none);
  }
  return "/var/lib/hopcost/guest";
}

/// Whether the CPU has the virtualization that Debian's kernel needs under KVM (Intel's VMX, AMD's SVM).
/// There are hosts whose /dev/kvm works without it (pvm) for guests made for that: an ordinary kernel hangs
/// there.
bool has_virtualization() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kVmx = 1u << 5, kSvm = 1u << 2;
  if (__get_cpuid(1, &a, &b, &c, &d) != 0 && (c & kVmx) != 0) return true;
  return __get_cpuid(0x8000'0001, &a, &b, &c, &d) != 0 && (c & kSvm) != 0;
#else
  return false;
#endif
}

/// Whether the CPU has virtualization and this process may use KVM.
bool has_kvm() {
  if (!has_virtualization()) return false;
  const Fd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  return kvm.valid() && Fd(ioctl(kvm.get(), kCreateVm, 0)).valid();
}

/// The guest's kernel command line, which its program reads.
std::string guest_words(const Topology& topology, const Device& nic) {
  std::string words = fmt::format(
      "console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests end_port={}", topology.end_port());
  for (const auto* list : {&nic.ipv4, &nic.ipv6}) {
    for (const std::string& address : *list) words += " end_address=" + address;
  }
  for (const Neighbour& n : topology.neighbours) {
    if (n.on != nic.at) continue;
    for (const std::string& ip : n.ips)
      words += fmt::format(" end_neighbour={},{}", ip, topology.find(n.owner)->mac);
  }
  return words;
}

/// QEMU's command line. As everywhere here there are no offloads. There is no vhost either: QEMU itself
/// carries the packets.
std::vector<std::string> qemu_words(const Topology& topology, const Device& nic, const std::string& folder,
                                    const std::string& accelerator, const std::string& pid_file) {
  const fs::path guest = guest_folder();
  return {
      find_daemon(kQemu),
      "-M",
      "q35,usb=off,smbus=off,sata=off,vmport=off",
      "-accel",
      accelerator,
      "-cpu",
      "max",
      "-smp",
      "1",
      "-m",
      "128",
      "-nodefaults",
      "-no-user-config",
      "-no-reboot",
      "-display",
      "none",
      "-kernel",
      (guest / "vmlinux").string(),
      "-initrd",
      (guest / "machine").string(),
      "-append",
      guest_words(topology, nic),
      "-serial",
      fmt::format("file:{}{}", folder, kConsole),
      "-netdev",
      fmt::format("tap,id=wire,ifname={},script=no,downscript=no,vhost=off", nic.lower->device),
      "-device",
      fmt::format("virtio-net-pci,netdev=wire,mac={},host_mtu={},romfile=,csum=off,gso=off,guest_csum=off,"
                  "guest_tso4=off,guest_tso6=off,guest_ufo=off,guest_ecn=off,host_tso4=off,host_tso6=off,"
                  "host_ufo=off,host_ecn=off,mrg_rxbuf=off",
                  nic.mac, nic.mtu),
      "-pidfile",
      pid_file,
      "-daemonize"};
}

std::string console_of(const std::string& netns) {
  std::ifstream in(daemon_folder(netns) + std::string(kConsole));
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text.substr(text.find_last_of('\n') + 1);
}

/// The process id that QEMU wrote; empty when it has not written it yet or there is no file.
std::string pid_of(const std::string& netns) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(daemon_folder(netns), none)) {
    if (entry.path().filename().string().starts_with(kPidName)) return read_small(entry.path()).value_or("");
  }
  return {};
}

bool runs(const std::string& netns) {
  return is_daemon_of(netns, pid_of(netns));
}

}  // namespace

std::vector<std::string> machine_lacks(const Topology& topology) {
  std::vector<std::string> lacking;
  if (std::ranges::none_of(topology.devices, [](const Device& d) { return is_in_machine(d.kind); }))
    return lacking;
  if (find_daemon(kQemu).empty())
    lacking.push_back(fmt::format("this machine has no {} (package qemu-system-x86)", kQemu));
  const fs::path guest = guest_folder();
  std::error_code none;
  if (!fs::exists(guest / "vmlinux", none) || !fs::exists(guest / "machine", none))
    lacking.push_back(
        fmt::format("this machine has no guest's kernel in {} (package linux-image-amd64, which "
                    "guest/kernel.sh unpacks there)",
                    guest.string()));
  if (!has_taps()) lacking.emplace_back(kNoTaps);
  return lacking;
}

Result<void> start_machine(const Topology& topology, const Device& nic, const std::string& netns,
                           const std::optional<Owner>& owner) {
  if (const auto lacking = machine_lacks(topology); !lacking.empty())
    return error(Exit::kMissing, lacking.front(),
                 "./dev guest true makes what is missing; where hopcost is installed, "
                 "share/hopcost/guest/kernel.sh does");
  if (auto made = make_daemon_folder(netns); !made) return made;
  const std::string folder = daemon_folder(netns);
  const std::string file = pid_file(netns, kPidName, owner);
  std::string complaint;
  for (const char* accelerator : {"kvm", "tcg"}) {
    if (accelerator == std::string_view("kvm") && !has_kvm()) continue;
    std::ofstream(folder + std::string(kAccelerator)) << accelerator;
    auto started = ask_client(qemu_words(topology, nic, folder, accelerator, file), {}, {}, kStartPatience);
    if (!started) return forward(started);
    if (started->good) return {};
    complaint = started->complaint;
  }
  return error(Exit::kFailure, fmt::format("{}: {}", kQemu, complaint), "is it QEMU 7.2 or newer?");
}

Result<void> wait_for_machine(const std::string& netns) {
  const auto deadline = std::chrono::steady_clock::now() + kBootPatience;
  for (;;) {
    const bool ran = runs(netns);
    const std::string said = console_of(netns);
    if (said.find(kAnswers) != std::string::npos) return {};
    if (!ran)
      return error(Exit::kFailure, fmt::format("the machine of {} ended: {}", netns, last_line(said)));
    if (stop_requested()) return error(Exit::kPartial, "stopped while a guest was booting");
    if (std::chrono::steady_clock::now() > deadline)
      return error(Exit::kFailure, fmt::format("the guest of {} does not answer within {} s: {}", netns,
                                               kBootPatience.count(), last_line(said)));
    std::this_thread::sleep_for(kBootPause);
  }
}

std::string machine_accelerator(const std::string& netns) {
  return runs(netns) ? read_small(daemon_folder(netns) + std::string(kAccelerator)).value_or("") : "";
}

}  // namespace hopcost::nsglue
