// How a sending loop ended. Includes nothing of ours.
#pragma once

namespace hopcost::pktgen {

enum class SendEnd {
  kDone,
  kStopped,
  kPortFailed,
  kStalled,  ///< For a second the port lent no frame or made none: all frames are still held by a receiver or
             ///< the device.
};

}  // namespace hopcost::pktgen
