// The two halves of reading a topology: keys into data (parse.cc), then rules between the parts
// (rules.cc). Any thread. Includes base/ and kinds/.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/toml_file.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Keeps the first error, so that a parser reads as a list of keys. What take() gives after an error is
/// empty.
class Faults {
 public:
  /// The value, or an empty one when there is none.
  template <class T>
  T take(Result<T> r) {
    if (r) return std::move(*r);
    keep(std::move(r).error());
    return T{};
  }
  /// Keeps the error, if there is one.
  void take(Result<void> r) {
    if (!r) keep(std::move(r).error());
  }
  /// Unless `ok`: `message` at `key` of `table`.
  void require(bool ok, const TomlTable& table, std::string_view key, std::string message) {
    if (!ok) keep(table.fault(key, std::move(message)).error());
  }
  [[nodiscard]] bool any() const noexcept { return first_.has_value(); }
  [[nodiscard]] const Error& first() const { return *first_; }

 private:
  void keep(Error e) {
    if (!first_) first_ = std::move(e);
  }
  std::optional<Error> first_;
};

/// Where each part of a Topology stands in its file: same order, same length.
struct Places {
  std::optional<TomlTable> path;
  std::vector<TomlTable> nodes, devices, routes, neighbours, taps, sinks, published, redirects, nevers;
};

/// Everything of a file. Errors: kUsage, "FILE:LINE:COLUMN: ...".
[[nodiscard]] Result<Topology> read_topology(const TomlFile& file);

/// "NODE/DEVICE" at `key`.
[[nodiscard]] DeviceRef parse_ref(Faults& faults, const TomlTable& table, std::string_view key,
                                  const std::string& text);

/// The addresses of a device, IPv4 first.
[[nodiscard]] std::vector<Prefix> addresses_of(const Device& device);
/// The value of one of its kind's own keys; empty where there is none.
[[nodiscard]] std::string option_of(const Device& device, const char* key);
/// Whether a device of the node has the address.
[[nodiscard]] bool has_address(const Topology& topology, const std::string& node, const std::string& address);

/// Checks that each address is one device's, and that routes and the sender lead somewhere (reach_rules.cc).
/// For a topology that check_rules() lets pass.
void check_reach(Faults& faults, const Topology& topology, const Places& places);

/// Checks that packets don't go round in circles: no ring of bridges, no route of a tunnel's
/// packets into that tunnel, no routes back (circle_rules.cc). For a topology that check_reach() lets pass.
void check_circles(Faults& faults, const Topology& topology, const Places& places);

/// Checks that names agree, references lead somewhere, and addresses are addresses. Faults point at the
/// place.
void check_rules(Faults& faults, const Topology& topology, const Places& places);

}  // namespace hopcost::nsglue
