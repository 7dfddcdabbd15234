// The NIC of a virtual machine: a tap on the host's side, virtio-net in a guest that QEMU runs and that
// answers (kernel/machine.h). No namespace of this machine has it.
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
