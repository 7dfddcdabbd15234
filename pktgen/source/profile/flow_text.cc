#include "pktgen/source/profile/flow_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/quantity.h"
#include "pktgen/source/profile/words.h"

namespace hopcost::pktgen {
namespace {

std::string layer_names() {
  std::string names;
  for (std::size_t i = 0; i < kLayerKinds; ++i)
    names += fmt::format("{}{}", i == 0 ? "" : ", ", format_of(static_cast<LayerKind>(i)).name);
  return names;
}

std::string field_names(const LayerFormat& format) {
  std::string names;
  for (const auto& f : format.fields) names += fmt::format("{}{}", names.empty() ? "" : ", ", f.name);
  if (format.has_data) names += ", data, room";
  return names;
}

Result<std::uint64_t> number_upto(const std::string& name, const std::string& text, std::uint64_t least,
                                  std::uint64_t most) {
  const auto value = whole_number(text);
  if (value && *value >= least && *value <= most) return *value;
  return error(Exit::kUsage,
               fmt::format("'{}' must be a whole number from {} to {}, not '{}'", name, least, most, text));
}

std::optional<std::vector<std::byte>> bytes_in(std::string_view hex) {
  if (hex.starts_with("0x")) hex.remove_prefix(2);
  std::vector<std::byte> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint8_t value = 0;
    const auto [end, fault] = std::from_chars(&hex[2 * i], &hex[2 * i] + 2, value, 16);
    if (fault != std::errc{} || end != &hex[2 * i] + 2) return std::nullopt;
    bytes[i] = std::byte{value};
  }
  return hex.size() % 2 == 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

Result<void> set_data(Layer& layer, const std::string& name, const std::string& text) {
  if (name == "room") {
    auto bytes = number_upto(name, text, 0, kMostLayerData);
    if (!bytes) return forward(bytes);
    layer.data.emplace(*bytes, std::byte{0});
    return {};
  }
  layer.data = bytes_in(text);
  if (!layer.data || layer.data->size() > kMostLayerData) {
    return error(Exit::kUsage,
                 fmt::format("'data' must be up to {} bytes of hex digits, not '{}'", kMostLayerData, text),
                 "like \"c6120001\"");
  }
  return {};
}

Result<void> set_checksum(Layer& layer, const std::string& text) {
  const bool udp = layer.kind == LayerKind::kUdp;
  if (text == "right") {
    layer.checksum = ChecksumMode::kRight;
  } else if (text == "wrong") {
    layer.checksum = ChecksumMode::kWrong;
  } else if (text == "none" && udp) {
    layer.checksum = ChecksumMode::kNone;
  } else {
    return error(Exit::kUsage,
                 fmt::format("a checksum is right{} wrong, not '{}'", udp ? ", none or" : " or", text));
  }
  return {};
}

Result<void> set_sizes(ProfileFlow& flow, const std::string& text) {
  auto sizes = parse_sizes(text);
  if (!sizes) return forward(sizes);
  flow.sizes = std::move(*sizes);
  return {};
}

Result<void> set_rate(ProfileFlow& flow, const std::string& text) {
  auto pps = parse_packet_rate(text);
  if (!pps) return forward(pps);
  flow.pps = *pps;
  return {};
}

Result<void> set_choice(ProfileFlow& flow, const std::string& name, const std::string& text) {
  if (name == "payload" && (text == "fill" || text == "none")) {
    flow.stack.payload = text == "fill";
  } else if (name == "probe" && (text == "yes" || text == "no" || text == "auto")) {
    flow.probe = text == "auto" ? std::nullopt : std::optional(text == "yes");
  } else {
    return error(Exit::kUsage, fmt::format("'{}' can't be '{}'", name, text),
                 name == "probe" ? "yes, no or auto" : "fill or none");
  }
  return {};
}

}  // namespace

Result<void> add_layer(ProfileFlow& flow, const std::string& name) {
  const auto* format = find_layer(name);
  if (format == nullptr)
    return error(Exit::kUsage, fmt::format("there is no layer '{}'", name),
                 fmt::format("layers: {}", layer_names()));
  auto& layers = flow.stack.layers;
  if (layers.empty() && format->kind != LayerKind::kEthernet)
    return error(Exit::kUsage, fmt::format("the first layer is eth, not {}", name));
  if (!layers.empty() && !may_follow(layers.back().kind, format->kind)) {
    return error(Exit::kUsage,
                 fmt::format("{} can't stand right above {}", name, format_of(layers.back().kind).name));
  }
  layers.push_back({.kind = format->kind, .fields = {}});
  return {};
}

Result<void> set_field(ProfileFlow& flow, const std::string& name, const std::string& text) {
  Layer& layer = flow.stack.layers.back();
  const auto& format = format_of(layer.kind);
  if (format.has_data && (name == "data" || name == "room")) return set_data(layer, name, text);
  const auto field = find_field(format, name);
  if (!field) {
    return error(Exit::kUsage, fmt::format("{} has no field '{}'", format.name, name),
                 fmt::format("fields: {}", field_names(format)));
  }
  if (format.fields[*field].role == FieldRole::kChecksum) return set_checksum(layer, text);
  auto series = parse_series(format.fields[*field], text);
  if (!series) return forward(series);
  if (flow.stack.layers.size() == 1) {
    flow.dst_mac_given |= name == "dst";
    flow.src_mac_given |= name == "src";
  }
  if (series->kind == SeriesSpec::Kind::kFixed) {
    layer.fields.push_back({*field, series->first});
  } else {
    flow.varying.push_back({flow.stack.layers.size() - 1, *field, std::move(*series)});
  }
  return {};
}

Result<void> finish_layer(const ProfileFlow& flow) {
  return check_options(flow.stack.layers);
}

Result<void> set_property(ProfileFlow& flow, const std::string& name, const std::string& text) {
  if (name == "size") return set_sizes(flow, text);
  if (name == "rate") return set_rate(flow, text);
  if (name == "payload" || name == "probe") return set_choice(flow, name, text);
  const std::uint64_t most = name == "fill" ? 255 : name == "id" ? 65535 : kMostTurns / 2;
  if (name == "name") {
    flow.name = text;
    return {};
  }
  if (name != "fill" && name != "id" && name != "weight") {
    return error(Exit::kUsage, fmt::format("a flow has no '{}'", name),
                 "it has name, weight, rate, id, size, payload, fill, probe and layers");
  }
  auto value = number_upto(name, text, name == "weight" ? 1 : 0, most);
  if (!value) return forward(value);
  if (name == "fill") flow.stack.fill = static_cast<std::byte>(*value);
  if (name == "id") flow.id = static_cast<std::uint16_t>(*value);
  if (name == "weight") flow.weight = static_cast<double>(*value);
  return {};
}

Result<void> finish_profile(Profile& p) {
  if (p.flows.empty()) return error(Exit::kUsage, fmt::format("{}: there is no [[flow]]", p.name));
  const auto with_rate =
      std::count_if(p.flows.begin(), p.flows.end(), [](const auto& f) { return f.pps.has_value(); });
  std::set<std::uint16_t> ids;
  std::uint16_t next = 1;
  for (auto& f : p.flows) {
    if (with_rate != 0 && !f.pps)
      return error(Exit::kUsage, fmt::format("{}: this flow has no rate, but others do", f.where));
    if (f.pps) f.weight = *f.pps;
    if (!f.id) f.id = next;
    next = static_cast<std::uint16_t>(*f.id + 1);
    if (f.name.empty()) f.name = fmt::format("flow {}", *f.id);
    if (!ids.insert(*f.id).second)
      return error(Exit::kUsage, fmt::format("{}: there are two flows of id {}", f.where, *f.id));
  }
  return {};
}

}  // namespace hopcost::pktgen
