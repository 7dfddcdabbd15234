// Finds topologies and parts of them.
#include "nsglue/topology/topology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "nsglue/kinds/kind.h"
#include "nsglue/topology/names.h"
#include "nsglue/topology/parse.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(dir, ignored)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

bool Topology::adopted() const {
  return std::ranges::any_of(nodes, [](const Node& n) { return !n.adopts.empty(); });
}

std::string Topology::namespace_of(const std::string& instance, const std::string& node) const {
  const auto at = std::ranges::find(nodes, node, &Node::name);
  if (at == nodes.end() || at->adopts.empty()) return namespace_name(instance, node);
  return at->netns.empty() ? at->adopts : at->netns;
}

bool Topology::ends_in_machine() const {
  const Device* end = find(target);
  return end != nullptr && is_in_machine(end->kind);
}

bool Topology::runs_programs() const {
  return !conflist.empty() ||
         std::ranges::any_of(devices, [](const Device& d) { return is_by_program(d.kind); });
}

std::uint16_t Topology::end_port() const {
  return sinks.empty() ? kDiscardPort : sinks.front().port;
}

std::uint16_t Topology::port() const {
  return addressed != target && !published.empty() ? published.front().port : end_port();
}

const Device* Topology::find(const DeviceRef& at) const {
  const auto it = std::find_if(devices.begin(), devices.end(), [&](const Device& d) { return d.at == at; });
  return it == devices.end() ? nullptr : &*it;
}

const Device* Topology::master_of(const Device& port) const {
  return port.master.empty() ? nullptr : find({port.at.node, port.master});
}

Result<Topology> load_topology(const fs::path& path) {
  auto file = TomlFile::read(path);
  if (!file) return forward(file);
  auto topology = read_topology(*file);
  if (!topology) return topology;
  topology->file = path;
  topology->text = file->text();
  return topology;
}

Result<Topology> parse_topology(std::string_view text, const std::string& name) {
  auto file = TomlFile::parse(text, name);
  if (!file) return forward(file);
  auto topology = read_topology(*file);
  if (topology) topology->text = file->text();
  return topology;
}

Result<Topology> find_topology(const std::string& name_or_path, const fs::path& dir) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml"))
    return load_topology(name_or_path);
  const fs::path file = dir / (name_or_path + ".toml");
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    return error(Exit::kMissing, fmt::format("unknown topology '{}'", name_or_path),
                 fmt::format("topologies in {}: {}", dir.string(), fmt::join(names_in(dir), ", ")));
  }
  return load_topology(file);
}

}  // namespace hopcost::nsglue
