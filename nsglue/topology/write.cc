#include "nsglue/topology/write.h"

#include <fmt/format.h>

#include <span>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void line(std::string& out, const char* key, const std::string& value) {
  if (!value.empty()) out += fmt::format("{} = {}\n", key, quoted(value));
}

void line(std::string& out, const char* key, const std::optional<DeviceRef>& value) {
  if (value) line(out, key, value->text());
}

void line(std::string& out, const char* key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  std::string list;
  for (const std::string& v : values) list += (list.empty() ? "" : ", ") + quoted(v);
  out += fmt::format("{} = [{}]\n", key, list);
}

/// A field as parse.cc reads it: true or false, a number, or text.
std::string field_value_text(const InfoField& f, const std::string& value) {
  if (!f.words.empty() || f.width == InfoField::Width::kIpv4) return quoted(value);
  if (f.max == 1) return value == "0" ? "false" : "true";
  return value;
}

std::string fields(std::span<const InfoField> known, const std::map<std::string, std::string>& values,
                   const char* between) {
  std::string out;
  for (const InfoField& f : known) {
    const auto at = values.find(f.key);
    if (at == values.end() || !field_value(f, at->second)) continue;
    out += fmt::format("{}{} = {}", out.empty() ? "" : between, f.key, field_value_text(f, at->second));
  }
  return out;
}

std::string device_text(const Topology& t, const Device& d) {
  std::string out = "\n[[device]]\n";
  line(out, "at", d.at.text());
  line(out, "kind", d.kind);
  line(out, "peer", d.peer);
  line(out, "lower", d.lower);
  line(out, "master", d.master);
  line(out, "mac", d.mac);
  line(out, "ipv4", d.ipv4);
  line(out, "ipv6", d.ipv6);
  out += fmt::format("mtu = {}\ntxqueuelen = {}\n", d.mtu, d.txqueuelen);
  std::string offloads;
  for (const auto& [name, on] : d.offloads)
    offloads += fmt::format("{}{} = {}", offloads.empty() ? "" : ", ", name, on);
  out += fmt::format("offloads = {{ {} }}\n", offloads);
  const LinkKind* kind = find_kind(d.kind);
  const std::string options = kind != nullptr ? fields(kind->fields, d.options, "\n") : "";
  if (!options.empty()) out += options + "\n";
  const Device* master = t.master_of(d);
  const LinkKind* of_ports = master != nullptr ? find_kind(master->kind) : nullptr;
  const std::string port = of_ports != nullptr ? fields(of_ports->port_fields, d.port, ", ") : "";
  if (!port.empty()) out += fmt::format("port = {{ {} }}\n", port);
  return out;
}

}  // namespace

std::string toml_text(const Topology& t) {
  std::string out;
  line(out, "name", t.name);
  line(out, "summary", t.summary);
  line(out, "group", t.group);
  out += "\n[path]\n";
  line(out, "sender", t.sender.text());
  line(out, "target", t.target.text());
  line(out, "addressed", t.addressed.text());
  line(out, "next_hop", t.next_hop.text());
  for (const Node& n : t.nodes) {
    out += "\n[[node]]\n";
    line(out, "name", n.name);
    line(out, "adopts", n.adopts);
  }
  for (const Device& d : t.devices) out += device_text(t, d);
  for (const Publish& p : t.published) {
    out += "\n[[publish]]\n";
    line(out, "bridge", p.bridge.text());
    line(out, "to", p.to.text());
    out += fmt::format("port = {}\ninside = {}\n", p.port, p.inside);
    if (p.by != Publish().by) line(out, "by", p.by);
  }
  for (const Tap& tap : t.taps) {
    out += "\n[[tap]]\n";
    line(out, "name", tap.name);
    line(out, "at", tap.at.text());
    line(out, "direction", tap.direction);
    line(out, "hook", tap.hook);
  }
  for (const SinkPort& s : t.sinks) {
    out += "\n[[sink]]\n";
    line(out, "node", s.node);
    out += fmt::format("port = {}\n", s.port);
  }
  return out;
}

}  // namespace hopcost::nsglue
