// How a sending loop ended. Includes nothing of ours.
#pragma once

namespace hopcost::pktgen {

enum class SendEnd {
  kDone,
  kStopped,
  kPortFailed,
  kStalled,  ///< The port lent no frame for a second: somebody holds them all.
};

}  // namespace hopcost::pktgen
