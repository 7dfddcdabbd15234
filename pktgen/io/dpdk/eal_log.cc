#include "pktgen/io/dpdk/eal_log.h"

#include <dlfcn.h>
#include <rte_log.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace hopcost::pktgen {
namespace {

constexpr std::size_t kMostBytes = 1200;

std::mutex mutex;
std::string text;

ssize_t keep(void*, const char* bytes, std::size_t size) {
  const std::lock_guard lock(mutex);
  text.append(bytes, size);
  if (text.size() > kMostBytes) {
    const auto line = text.find('\n', text.size() - kMostBytes);
    text.erase(0, line == std::string::npos ? text.size() - kMostBytes : line + 1);
  }
  return static_cast<ssize_t>(size);
}

/// libbpf_print_fn_t and libxdp_print_fn_t; level 0 is a warning.
int keep_warning(int level, const char* format, va_list arguments) {
  char line[512];
  if (level != 0) return 0;
  const int n = vsnprintf(line, sizeof line, format, arguments);
  keep(nullptr, line, std::min(sizeof line - 1, static_cast<std::size_t>(std::max(n, 0))));
  return n;
}

/// Passes keep_warning to the library's `setter`, if the library is loaded in this process.
void capture_of(const char* library, const char* setter) {
  void* handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return;
  using Print = int (*)(int, const char*, va_list);
  if (void* set = dlsym(handle, setter)) reinterpret_cast<Print (*)(Print)>(set)(keep_warning);
  dlclose(handle);
}

}  // namespace

void capture_libbpf_log() {
  capture_of("libbpf.so.1", "libbpf_set_print");
  capture_of("libxdp.so.1", "libxdp_set_print");
}

void capture_eal_log() {
  FILE* file = fopencookie(nullptr, "w", {.read = nullptr, .write = keep, .seek = nullptr, .close = nullptr});
  if (file == nullptr) return;
  setvbuf(file, nullptr, _IOLBF, 0);
  rte_openlog_stream(file);
}

std::string take_eal_log() {
  const std::lock_guard lock(mutex);
  std::string taken;
  taken.swap(text);
  while (!taken.empty() && taken.back() == '\n') taken.pop_back();
  return taken;
}

}  // namespace hopcost::pktgen
