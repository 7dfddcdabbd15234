#include "nsglue/attach_command.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "nsglue/nsglue.h"
#include "nsglue/realised_text.h"
#include "nsglue/show/show_text.h"
#include "nsglue/topology/write.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

Result<void> keep(const Config& config, const Topology& topology) {
  if (config.keep.empty()) return {};
  std::ofstream file(config.keep);
  file << "# Found by: nsglue attach " << config.names.front() << "\n" << toml_text(topology);
  file.close();
  if (!file) return errno_error(errno, fmt::format("write {}", config.keep.string()));
  return {};
}

json devices_json(const Topology& topology) {
  json all = json::array();
  for (const Device& d : topology.devices)
    all.push_back({{"at", d.at.text()},
                   {"kind", d.kind},
                   {"mac", d.mac},
                   {"master", d.master.empty() ? json(nullptr) : json(d.master)},
                   {"options", d.options},
                   {"ipv4", d.ipv4},
                   {"ipv6", d.ipv6}});
  return all;
}

json attached_json(const Attached& a, const Realised& realised) {
  json nodes = json::object();
  for (const Node& n : a.topology.nodes) nodes[n.name] = n.adopts;
  json published = json::array();
  for (const Publish& p : a.topology.published) published.push_back({{"port", p.port}, {"inside", p.inside}});
  json one = realised_json(realised);
  one["container"] = a.reference;
  one["mode"] = a.mode;
  one["summary"] = a.topology.summary;
  one["adopts"] = nodes;
  one["devices"] = devices_json(a.topology);
  one["published"] = published;
  one["from_outside"] = a.topology.from_outside();
  one["notes"] = a.notes;
  return one;
}

Result<void> print_attached(const Attached& a, const Realised& realised) {
  fmt::print("{}: {}\n  {}\n", a.reference, a.mode, a.topology.summary);
  print_realised(a.topology, realised);
  for (const std::string& note : a.notes) fmt::print("  note: {}\n", note);
  auto read = settings(a.topology, a.topology.name);
  if (!read) return forward(read);
  fmt::print("\n{}", show_text(a.topology, *read));
  return {};
}

}  // namespace

Result<Exit> attach_command(const Config& config) {
  auto all = attach(config.names, {config.wire, config.from});
  if (!all) return forward(all);
  json told = json::array();
  for (const Attached& a : *all) {
    auto realised = describe(a.topology, a.topology.name);
    if (!realised) return forward(realised);
    if (auto kept = keep(config, a.topology); !kept) return forward(kept);
    told.push_back(attached_json(a, *realised));
    if (config.json) continue;
    if (&a != &all->front()) fmt::print("\n");
    if (auto printed = print_attached(a, *realised); !printed) return forward(printed);
  }
  if (config.json) fmt::print("{}\n", told.dump(2));
  return Exit::kOk;
}

}  // namespace hopcost::nsglue
