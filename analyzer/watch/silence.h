// Why a live tap saw nothing that counts, as far as it can be known. For the stand-alone program alone; one
// owner thread.
#pragma once

#include <cstdint>
#include <string>

#include "analyzer/config.h"
#include "base/fd.h"

namespace hopcost::analyzer {

/// The link of a tap's device. It can be asked after the capabilities that open a namespace are given up.
class TapLink {
 public:
  /// Enters the tap's namespace during the call. Errors: those of NetnsScope::enter() and of socket(2).
  [[nodiscard]] static Result<TapLink> open(const TapSpec& spec);

  /// What keeps packets from the device now, like "d0 is down: ip link set d0 up"; empty when nothing is
  /// known to.
  [[nodiscard]] std::string fault() const;

 private:
  TapLink(std::string device, Fd socket) : device_(std::move(device)), socket_(std::move(socket)) {}
  std::string device_;  ///< Empty where the tap has no device of its own.
  Fd socket_;
};

/// The reason why a tap saw nothing, and what to look at. `others`: frames without a probe, or those that
/// can't be matched, that the tap saw.
[[nodiscard]] std::string silence_text(const TapLink& link, const Config& config, std::uint64_t others);

}  // namespace hopcost::analyzer
