#include "campaign/loads/load_case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "campaign/device/frames.h"
#include "campaign/loads/load_file.h"
#include "nsglue/topology/containers.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr unsigned kLastPort = 65'534;  // {data_port} is the next one

/// Whether it is a parameter that every load has, and that is no member of `prepare`.
bool of_every_load(const std::string& parameter) {
  return parameter == "from" || parameter == kContainers;
}

/// Fills the parameters into a command. A word that is only a parameter becomes the words that the value
/// stands for, none or several; within a word the value's text is put in as it is.
std::vector<std::string> filled_in(const std::vector<std::string>& command, const LoadFile& file,
                                   const std::map<std::string, std::string>& values) {
  std::vector<std::string> words;
  for (std::string word : command) {
    bool whole = false;
    for (const auto& [key, value] : values) {
      const auto known = file.words.find(key);
      std::string text = value;
      if (known != file.words.end() && known->second.contains(value)) text = known->second.at(value);
      const std::string mark = "{" + key + "}";
      if (word == mark) {
        for (const std::string& one : split(text, ' ')) {
          if (!one.empty()) words.push_back(one);
        }
        whole = true;
        break;
      }
      for (std::size_t at = 0; (at = word.find(mark, at)) != std::string::npos; at += text.size())
        word.replace(at, mark.size(), text);
    }
    if (!whole) words.push_back(std::move(word));
  }
  return words;
}

Result<double> number(const std::string& key, const std::string& text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size())
    return error(Exit::kUsage, fmt::format("{}={}: '{}' is no number", key, text, text));
  return value;
}

Result<json> as_uint(const std::string& key, const std::string& text) {
  auto value = number(key, text);
  if (!value) return forward(value);
  if (!(*value >= 0 && *value < 1e15) || *value != std::floor(*value))
    return error(Exit::kUsage, fmt::format("{}={}: it is a whole number", key, text));
  return json(static_cast<std::uint64_t>(*value));
}

/// Checks that requests over UDP have room for a number. They need one at a rate, where they don't wait for
/// each other.
Result<void> check_rr(const json& members) {
  constexpr std::uint64_t kNumbered = 8;
  const std::uint64_t asked = members.value("request_bytes", std::uint64_t{1}),
                      answered = members.value("response_bytes", std::uint64_t{1});
  const bool numbered = members.value("protocol", "udp") == "udp" && members.value("rate", 0.0) > 0;
  if (!numbered || std::min(asked, answered) >= kNumbered) return {};
  return error(Exit::kUsage,
               fmt::format("rr: at a rate over UDP, sizes of {}/{} have no room for a request's number",
                           asked, answered),
               "take size=8/8 or more, or protocol=tcp, or rate=0");
}

/// The members of an rr load. The parameter `size` is REQUEST/RESPONSE in bytes.
Result<json> rr_members(const std::map<std::string, std::string>& values) {
  json members = {{"kind", "rr"}};
  for (const auto& [key, text] : values) {
    if (of_every_load(key)) continue;
    if (key == "protocol") {
      members[key] = text;
    } else if (key == "size") {
      const auto sizes = split(text, '/');
      if (sizes.size() != 2)
        return error(Exit::kUsage, fmt::format("size={}: write it as REQUEST/RESPONSE", text));
      for (std::size_t i = 0; i < 2; ++i) {
        auto bytes = as_uint(key, sizes[i]);
        if (!bytes) return bytes;
        members[i == 0 ? "request_bytes" : "response_bytes"] = std::move(*bytes);
      }
    } else if (key == "connections") {
      auto value = as_uint(key, text);
      if (!value) return value;
      members[key] = std::move(*value);
    } else if (key == "rate") {
      auto value = number(key, text);
      if (!value) return forward(value);
      members[key] = *value;
    } else {
      return error(Exit::kUsage, fmt::format("rr has no parameter '{}'", key),
                   "there are protocol, size, connections, rate, from and containers");
    }
  }
  if (auto r = check_rr(members); !r) return forward(r);
  return members;
}

Result<json> coap_members(const std::map<std::string, std::string>& values) {
  json members = {{"kind", "coap"}};
  for (const auto& [key, text] : values) {
    if (of_every_load(key)) continue;
    if (key == "method") {
      members[key] = text;
      if (text != "put" && text != "get")
        return error(Exit::kUsage, fmt::format("method={}: there are put and get", text));
    } else if (key == "integers") {
      auto value = as_uint(key, text);
      if (!value) return value;
      members[key] = std::move(*value);
    } else if (key == "ack_timeout") {
      auto value = number(key, text);
      if (!value) return forward(value);
      members["ack_timeout_s"] = *value;
    } else {
      return error(Exit::kUsage, fmt::format("coap has no parameter '{}'", key),
                   "there are method, integers, ack_timeout, from and containers");
    }
  }
  return members;
}

Result<json> capacity_members(const std::map<std::string, std::string>& values) {
  json members = {{"kind", kCapacity}, {"size", "64"}};
  for (const auto& [key, text] : values) {
    if (key != "size")
      return error(Exit::kUsage, fmt::format("capacity has no parameter '{}'", key),
                   "there is size; it is one container's");
    if (auto bytes = mean_bytes(text, Frames{}); !bytes) return forward(bytes);
    members[key] = text;
  }
  return members;
}

Result<json> packets_members(const std::map<std::string, std::string>& values) {
  json members = {{"kind", kPackets}, {"size", 0}, {"rate", 0.0}};
  for (const auto& [key, text] : values) {
    if (key != "size" && key != "rate")
      return error(Exit::kUsage, fmt::format("packets has no parameter '{}'", key),
                   "there are size and rate; they go to one container");
    auto value = key == "size" ? as_uint(key, text) : Result<json>(number(key, text));
    if (!value) return value;
    members[key] = std::move(*value);
  }
  return members;
}

Result<json> client_members(const LoadFile& file, const LoadCase& one) {
  if (file.kind == kPackets) return packets_members(one.parameters);
  if (file.kind == kCapacity) return capacity_members(one.parameters);
  if (file.kind == "rr") return rr_members(one.parameters);
  if (file.kind == "coap") return coap_members(one.parameters);
  return json{
      {"kind", "tool"}, {"command", filled_in(file.client, file, one.parameters)}, {"figures", file.figures}};
}

Result<void> fill_case(const LoadFile& file, LoadCase& one) {
  auto client = client_members(file, one);
  if (!client) return forward(client);
  one.client = std::move(*client);
  if (file.kind == "rr") one.server = one.client;
  if (!file.server.empty())
    one.server = {{"kind", "tool"}, {"command", filled_in(file.server, file, one.parameters)}};
  for (const json* side : {&one.client, &one.server}) {
    if (side->contains("command")) one.programs.push_back((*side)["command"][0]);
  }
  return {};
}

/// All combinations of values; the last parameter varies fastest.
std::vector<std::map<std::string, std::string>> combinations(const LoadFile::Parameters& parameters) {
  std::vector<std::map<std::string, std::string>> all = {{}};
  for (const auto& [key, values] : parameters) {
    std::vector<std::map<std::string, std::string>> longer;
    for (const auto& begun : all) {
      for (const std::string& value : values) {
        longer.push_back(begun);
        longer.back()[key] = value;
      }
    }
    all = std::move(longer);
  }
  return all;
}

Result<std::uint32_t> containers_of(const std::map<std::string, std::string>& values) {
  const auto at = values.find(kContainers);
  if (at == values.end()) return 1;
  auto many = as_uint(at->first, at->second);
  if (!many) return forward(many);
  if (*many >= 1 && *many <= nsglue::kMostContainers) return many->get<std::uint32_t>();
  return error(Exit::kUsage, fmt::format("{} containers can't stand", many->dump()),
               fmt::format("1 to {}", nsglue::kMostContainers));
}

}  // namespace

Result<LoadAsk> parse_load_ask(const std::string& text) {
  LoadAsk ask;
  const std::size_t colon = text.find(':');
  ask.use = text.substr(0, colon);
  if (ask.use.empty())
    return error(Exit::kUsage, fmt::format("'{}' names no load", text), "as in rr:protocol=udp");
  if (colon == std::string::npos) return ask;
  for (const std::string& part : split(text.substr(colon + 1), ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0)
      return error(Exit::kUsage, fmt::format("'{}' in {} is no parameter", part, text),
                   "as in rr:protocol=udp,size=1/1");
    ask.parameters[part.substr(0, equals)] = split(part.substr(equals + 1), '+');
  }
  return ask;
}

Result<std::vector<LoadCase>> read_cases(const LoadAsk& ask, const fs::path& folder) {
  auto file = read_load_file(ask.use, folder);
  if (!file) return forward(file);
  for (const auto& [key, values] : ask.parameters) {
    if (!file->parameters.contains(key) && key != kContainers) {
      std::vector<std::string> known;
      for (const auto& [name, unused] : file->parameters) known.push_back(name);
      return error(Exit::kUsage, fmt::format("{} has no parameter '{}'", file->name, key),
                   fmt::format("there are {}", fmt::join(known, ", ")));
    }
    file->parameters[key] = values;
  }
  std::vector<LoadCase> cases;
  for (auto& values : combinations(file->parameters)) {
    LoadCase one{.load = file->name,
                 .label = {},
                 .summary = file->summary,
                 .kind = file->kind,
                 .parameters = values,
                 .quantum_s = file->quantum_s,
                 .whole_seconds = file->whole_seconds,
                 .no_ipv6 = file->no_ipv6,
                 .install = file->install,
                 .port = file->port,
                 .client = {},
                 .server = {},
                 .programs = {}};
    for (const auto& [key, value] : values) {
      if (file->parameters[key].size() > 1 || ask.parameters.contains(key))
        one.label += fmt::format("{}{}={}", one.label.empty() ? "" : " ", key, value);
    }
    const auto from = values.find("from");
    if (from != values.end() && from->second != "tester" && from->second != "container")
      return error(Exit::kUsage,
                   fmt::format("{}: from={}: there are tester and container", file->name, from->second));
    one.from_container = from != values.end() && from->second == "container";
    auto containers = containers_of(values);
    if (!containers) return forward(containers);
    one.containers = *containers;
    if (file->port + kPortsApart * (one.containers - 1) > kLastPort)
      return error(Exit::kUsage,
                   fmt::format("{}: there are not enough ports for {} containers from port {} on", file->name,
                               one.containers, file->port));
    if (auto r = fill_case(*file, one); !r) return forward(r);
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace hopcost::campaign
