#include "hopload/machine/look.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "hopload/now.h"

namespace hopcost::hopload {
namespace {

/// Reads the lines "cpu" and "intr" of /proc/stat.
void read_stat(Look& look) {
  std::ifstream in("/proc/stat");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  for (std::string line, word; std::getline(in, line);) {
    std::istringstream words(line);
    words >> word;
    if (word == "cpu") {
      double user = 0, nice = 0, system = 0, idle = 0, wait = 0, interrupt = 0, softirq = 0;
      words >> user >> nice >> system >> idle >> wait >> interrupt >> softirq;
      look.user_s = (user + nice) / ticks;
      look.system_s = system / ticks;
      look.softirq_s = softirq / ticks;
      look.interrupt_s = interrupt / ticks;
    } else if (word == "intr") {
      words >> look.interrupts;
      return;
    }
  }
}

void read_softirqs(Look& look) {
  std::ifstream in("/proc/softirqs");
  for (std::string line, word; std::getline(in, line);) {
    std::istringstream words(line);
    words >> word;
    if (word != "NET_RX:" && word != "NET_TX:") continue;
    for (std::uint64_t n = 0; words >> n;) look.net_softirqs += n;
  }
}

void read_memory(Look& look) {
  std::ifstream in("/proc/meminfo");
  for (std::string line, word; std::getline(in, line);) {
    double kib = 0;
    std::istringstream words(line);
    words >> word >> kib;
    if (word == "MemAvailable:") look.available_mb = kib / 1024;
  }
}

/// Reads the first number of /proc/loadavg's fourth word, "2/512", less this thread.
void read_runnable(Look& look) {
  std::ifstream in("/proc/loadavg");
  std::string word;
  for (int i = 0; i < 4; ++i) in >> word;
  look.runnable = std::max(0.0, std::strtod(word.c_str(), nullptr) - 1);
}

}  // namespace

Machine Machine::open() {
  Machine machine;
  machine.all_ = Counters::of_all();
  machine.sensors_ = Sensors::open();
  return machine;
}

void Machine::count(const std::string& cgroup) {
  if (cgroup == cgroup_) return;
  cgroup_ = cgroup;
  container_.reset();
  no_container_.clear();
  if (cgroup.empty()) return;
  auto opened = Counters::of_cgroup(cgroup, all_);
  if (opened) container_ = std::move(*opened);
  if (!opened) no_container_ = "the container's counters: " + describe(opened.error());
}

std::string Machine::missing() const {
  std::string why;
  for (const std::string& part :
       {all_.missing(), container_ ? container_->missing() : no_container_, sensors_.missing()})
    why += part.empty() || why.empty() ? part : "; " + part;
  return why;
}

Look Machine::look() {
  Look look;
  look.at_ns = now_ns();
  look.all = all_.read();
  if (container_) look.container = container_->read();
  read_stat(look);
  read_softirqs(look);
  read_memory(look);
  read_runnable(look);
  look.sensors = sensors_.read();
  return look;
}

}  // namespace hopcost::hopload
