// A virtual machine's NIC: a tap device on the host's side, virtio-net in a QEMU guest that answers
// (kernel/machine.h). It is in no namespace of this machine.
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {

extern const LinkKind kind_virtio;
constexpr LinkKind kind_virtio = {
    .name = "virtio",
    .module = "virtio_net",
    .config = "CONFIG_VIRTIO_NET",
    .shape = Shape::kOnLower,
    .by_program = true,
};

}  // namespace hopcost::nsglue
