#include "pktgen/source/profile/read_toml.h"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "pktgen/source/profile/flow_text.h"

namespace hopcost::pktgen {
namespace {

/// `result` with the place prepended to its error, if it has one.
template <class T>
Result<void> at(const std::string& where, Result<T> result) {
  if (result) return {};
  Error e = std::move(result).error();
  e.what = fmt::format("{}: {}", where, e.what);
  return std::unexpected(std::move(e));
}

Result<void> read_layer(TomlTable& table, ProfileFlow& flow) {
  auto name = table.string("layer");
  if (!name) return forward(name);
  if (auto ok = at(table.where("layer"), add_layer(flow, *name)); !ok) return ok;
  std::vector<std::string> keys;
  for (const auto& field : find_layer(*name)->fields) keys.emplace_back(field.name);
  if (find_layer(*name)->has_data) {
    keys.emplace_back("room");
    auto data = table.optional_string("data");  // 0x1e04 without quotes would be a number, 7684
    if (!data) return forward(data);
    if (*data)
      if (auto ok = at(table.where("data"), set_field(flow, "data", **data)); !ok) return ok;
  }
  for (const auto& key : keys) {
    auto text = table.optional_text(key);
    if (!text) return forward(text);
    if (!*text) continue;
    if (auto ok = at(table.where(key), set_field(flow, key, **text)); !ok) return ok;
  }
  if (auto ok = at(table.where("layer"), finish_layer(flow)); !ok) return ok;
  return table.finish();
}

Result<void> read_probe(TomlTable& table, ProfileFlow& flow) {
  auto probe = table.optional_bool("probe");
  if (!probe) return forward(probe);
  flow.probe = *probe;
  return {};
}

Result<void> read_flow(TomlTable& table, ProfileFlow& flow) {
  flow.where = table.where("");
  flow.sizes_where = table.where("size");
  for (const char* key : {"name", "weight", "rate", "id", "size", "payload", "fill"}) {
    auto text = table.optional_text(key);
    if (!text) return forward(text);
    if (!*text) continue;
    if (auto ok = at(table.where(key), set_property(flow, key, **text)); !ok) return ok;
  }
  if (auto ok = read_probe(table, flow); !ok) return ok;
  auto layers = table.tables("layers");
  if (!layers) return forward(layers);
  if (layers->empty()) return table.fault("layers", "'layers' is missing or empty");
  for (auto& layer : *layers)
    if (auto ok = read_layer(layer, flow); !ok) return ok;
  return table.finish();
}

}  // namespace

Result<Profile> read_profile(const TomlFile& file, const std::string& name) {
  Profile p{.name = name, .description = {}, .seed = {}, .flows = {}};
  TomlTable root = file.root();
  auto description = root.optional_string("description");
  if (!description) return forward(description);
  p.description = description->value_or("");
  auto seed = root.optional_int("seed", 0, std::numeric_limits<std::int64_t>::max());
  if (!seed) return forward(seed);
  if (*seed) p.seed = static_cast<std::uint64_t>(**seed);
  auto flows = root.tables("flow");
  if (!flows) return forward(flows);
  for (auto& table : *flows) {
    ProfileFlow flow;
    if (auto ok = read_flow(table, flow); !ok) return forward(ok);
    p.flows.push_back(std::move(flow));
  }
  if (auto ok = root.finish(); !ok) return forward(ok);
  if (auto ok = finish_profile(p); !ok) return forward(ok);
  return p;
}

}  // namespace hopcost::pktgen
