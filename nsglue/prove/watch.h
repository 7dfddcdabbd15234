// What passes a device, seen by a packet socket: our own probes among everything else. One thread. Includes
// base/ and topology/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// The last bytes of a probe's frame, whatever headers it carries meanwhile.
struct ProbeMark {
  std::array<char, 8> word = {'h', 'o', 'p', 'c', 'h', 'e', 'c', 'k'};
  std::uint32_t run = 0;       ///< drawn at random, so that no two checks take each other's probes.
  std::uint32_t sequence = 0;  ///< from 0.
};
static_assert(sizeof(ProbeMark) == 16);

/// A probe passed a device.
struct Sight {
  std::uint32_t sequence = 0;
  bool out = false;          ///< it left by the device; else it came in.
  std::int64_t time_ns = 0;  ///< CLOCK_REALTIME; what is handed up within one receive has one time.
};

class Watch {
 public:
  /// In the calling thread's network namespace. Errors: kMissing when there is no such device; kPrivilege.
  [[nodiscard]] static Result<Watch> open(const std::string& device);

  /// Appends the probes of `run` that passed since the last call.
  void collect(std::uint32_t run, std::vector<Sight>& into) const;

 private:
  explicit Watch(Fd socket) : socket_(std::move(socket)) {}
  Fd socket_;
};

}  // namespace hopcost::nsglue
