// A bridge of Open vSwitch. It is not a kernel link: programs in the node are the switch (kernel/ovs.h).
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

// "auto": the kernel's datapath where its module is available.
constexpr Word kDatapaths[] = {{"auto", 0}, {"kernel", 1}, {"userspace", 2}};

constexpr InfoField kOvsFields[] = {{"datapath", 0, InfoField::Width::kU32, 0, 0, 0, kDatapaths}};

}  // namespace

extern const LinkKind kind_ovs;
constexpr LinkKind kind_ovs = {
    .name = "ovs",
    .module = "openvswitch",
    .config = "CONFIG_OPENVSWITCH",
    .shape = Shape::kAlone,
    .fields = kOvsFields,
    .has_ports = true,
    .mac = MacFrom::kNone,
    .by_program = true,
};

}  // namespace hopcost::nsglue
