// What a link kind is: a table of its netlink attributes. A kind is one file in nsglue/kinds/ that defines
// one LinkKind, plus one word in the list of nsglue/kinds/meson.build; parsing, creation, comparison and
// settings follow from the table. Any thread. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hopcost::nsglue {

/// How a kind's devices hang together.
enum class Shape {
  kAlone,    ///< stands by itself (bridge).
  kPair,     ///< two devices made by one message, each the other's `peer` (veth).
  kOnLower,  ///< stands on a `lower` device, perhaps of another node (macvlan).
  kTunnel,   ///< made by itself, and told of its `peer` at another address (wireguard).
};

/// A value's name in files and reports.
struct Word {
  const char* text;
  std::uint32_t value;
};

/// Where a kind's devices have their MAC address from.
enum class MacFrom {
  kOwn,         ///< the file: no other device has it.
  kOwnOrLower,  ///< the file: one of its own, or the lower device's.
  kLower,       ///< the lower device: the file gives the same.
  kNone,        ///< nowhere: frames have no Ethernet header there.
};

/// One attribute inside IFLA_INFO_DATA or IFLA_INFO_SLAVE_DATA, and the key of the file that sets it.
struct InfoField {
  /// Size and form of the attribute in the netlink message.
  enum class Width {
    kU8,
    kU16,
    kU32,
    kU16Network,  ///< in network byte order.
    kIpv4,        ///< an address; the file has it as text, "198.18.2.1". 0: none.
  };
  const char* key;
  std::uint16_t attribute;  ///< 0: none, the kind's own way tells it (kernel/wireguard.h, kernel/ovs.h).
  Width width;
  std::uint32_t max = 0;  ///< 1 makes it true or false in the file.
  /// A value equal to this is not sent: kernels built without the feature refuse the attribute.
  std::uint32_t kernel_default = 0;
  std::uint32_t ours = 0;            ///< the value when the file does not give one.
  std::span<const Word> words = {};  ///< when there are any, the file's value is one of them.
  bool required = false;             ///< the file has to say; `ours` is of no meaning.
};

/// One kind; see doc/adding-a-mode.md, "Adding a link kind".
struct LinkKind {
  std::string_view name;    ///< IFLA_INFO_KIND and the file's `kind`.
  std::string_view module;  ///< what modprobe loads.
  std::string_view config;  ///< the kernel's option that builds it: "CONFIG_VETH".
  Shape shape;
  std::span<const InfoField> fields = {};
  bool has_ports = false;  ///< others may name it as their `master`.
  std::span<const InfoField> port_fields = {};
  std::uint16_t peer_attribute =
      0;  ///< kPair: the attribute that holds the other end (an ifinfomsg and attributes).
  MacFrom mac = MacFrom::kOwn;
  /// Its driver keeps no operational state (RFC 2863): the kernel shows "unknown" for as long as it works.
  bool stateless = false;
  /// Not made by the kernel but by a program that runs in the node (kernel/ovs.h, kernel/machine.h): no
  /// netlink message makes, changes or shows it.
  bool by_program = false;
  /// Made through /dev/net/tun (kernel/tap.h): netlink messages change and show it, but make none.
  bool by_device_file = false;
};

/// Every kind of the list in meson.build, by name.
[[nodiscard]] std::span<const LinkKind* const> all_kinds();
/// Null when there is none of that name.
[[nodiscard]] const LinkKind* find_kind(std::string_view name);
/// Whether there is such a kind and a program makes its devices (LinkKind::by_program).
[[nodiscard]] bool is_by_program(std::string_view kind);
/// A bridge, whoever does the switching: the kernel or a program.
[[nodiscard]] bool is_switch(std::string_view kind);
/// A switch that a program provides.
[[nodiscard]] bool is_program_switch(std::string_view kind);
/// A NIC of a virtual machine's guest: it stands on a tap, and no namespace has it.
[[nodiscard]] bool is_in_machine(std::string_view kind);
/// "bridge, macvlan, veth".
[[nodiscard]] std::string kind_names();

/// A field's value as the file and reports have it ("0", "30000", "bridge", "198.18.2.1"), and back. Numbers
/// are in host byte order, addresses too.
[[nodiscard]] std::string field_text(const InfoField& field, std::uint32_t value);
/// What field_text() wrote; nothing when it is no value of the field, or above its `max`.
[[nodiscard]] std::optional<std::uint32_t> field_value(const InfoField& field, std::string_view text);
/// By key: what each field is (`ours`) where the file says nothing. Fields that the file has to give are left
/// out.
[[nodiscard]] std::map<std::string, std::string> default_fields(std::span<const InfoField> fields);

}  // namespace hopcost::nsglue
