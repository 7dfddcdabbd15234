// Preloaded into a program, it has a wall clock of its own: SKEW_NS ahead when the machine started, and
// SKEW_PPM faster since. Test support.
#include <dlfcn.h>

#include <cstdlib>
#include <ctime>

namespace {

using Clock = int (*)(clockid_t, timespec*);

long long setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atoll(text);
}

constexpr long long kSecond = 1'000'000'000, kMillion = 1'000'000;

}  // namespace

extern "C" int clock_gettime(clockid_t which, timespec* t) noexcept {
  static const auto real = reinterpret_cast<Clock>(dlsym(RTLD_NEXT, "clock_gettime"));
  static const long long ahead = setting("SKEW_NS"), ppm = setting("SKEW_PPM");
  const int failed = real(which, t);
  if (failed != 0 || which != CLOCK_REALTIME) return failed;
  timespec up{};
  real(CLOCK_MONOTONIC_RAW, &up);
  const long long since = up.tv_sec * kSecond + up.tv_nsec;
  const long long gained = since / kMillion * ppm + since % kMillion * ppm / kMillion;
  const long long now = t->tv_sec * kSecond + t->tv_nsec + ahead + gained;
  t->tv_sec = now / kSecond;
  t->tv_nsec = now % kSecond;
  return 0;
}
