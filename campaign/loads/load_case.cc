#include "campaign/loads/load_case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/completion.h"
#include "base/text.h"
#include "base/toml_file.h"
#include "campaign/device/frames.h"
#include "nsglue/topology/containers.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using Parameters = std::map<std::string, std::vector<std::string>>;
/// What a value stands for in a command: by parameter and value.
using Words = std::map<std::string, std::map<std::string, std::string>>;

/// A load's file.
struct LoadFile {
  std::string name, summary, kind;
  double quantum_s = 0.5;
  bool whole_seconds = false;
  std::string no_ipv6;
  std::uint16_t port = 0;
  std::vector<std::string> server, client;
  Parameters parameters;
  Words words;
  json figures = json::array();
};

constexpr std::initializer_list<const char*> kOfEveryLoad = {"from", kContainers};

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::ranges::find(words, word) != words.end();
}

Result<void> read_parameters(TomlTable& root, Parameters& into) {
  auto table = root.table("parameters");
  if (!table) return forward(table);
  if (!*table) return {};
  for (const std::string& key : (*table)->keys()) {
    auto text = (*table)->optional_text(key);
    if (!text) return forward(text);
    into[key] = split(**text, '|');
  }
  return {};
}

Result<void> read_words(TomlTable& root, Words& into) {
  auto table = root.table("words");
  if (!table) return forward(table);
  if (!*table) return {};
  for (const std::string& key : (*table)->keys()) {
    auto values = (*table)->table(key);
    if (!values) return forward(values);
    for (const std::string& value : (*values)->keys()) {
      auto text = (*values)->optional_string(value);
      if (!text) return forward(text);
      into[key][value] = **text;
    }
  }
  return {};
}

Result<json> read_figure(TomlTable& table) {
  json figure = json::object();
  for (const char* key : {"name", "unit", "better"}) {
    auto text = table.string(key);
    if (!text) return forward(text);
    figure[key] = *text;
  }
  for (const char* key : {"pointer", "regex", "compared_by", "over_containers"}) {
    auto text = table.optional_string(key);
    if (!text) return forward(text);
    if (*text) figure[key] = **text;
  }
  for (const char* key : {"scale", "same_within"}) {
    auto number = table.optional_number(key, 1e-12, 1e12);
    if (!number) return forward(number);
    if (*number) figure[key] = **number;
  }
  if (figure.contains("compared_by") && figure["compared_by"] != "ratio" &&
      figure["compared_by"] != "difference")
    return table.fault("compared_by", "there are ratio and difference");
  if (!is_one_of(figure.value("over_containers", "mean"), {"sum", "mean"}))
    return table.fault("over_containers", "there are sum and mean");
  if (figure.value("compared_by", "ratio") == "difference" && !figure.contains("same_within"))
    return table.fault("compared_by", "a difference needs same_within, in the figure's unit");
  if (auto r = table.finish(); !r) return forward(r);
  return figure;
}

Result<void> read_figures(TomlTable& root, LoadFile& file) {
  auto tables = root.tables("figure");
  if (!tables) return forward(tables);
  for (TomlTable& table : *tables) {
    auto figure = read_figure(table);
    if (!figure) return forward(figure);
    file.figures.push_back(std::move(*figure));
  }
  if (file.kind == "tool" && file.figures.empty())
    return root.fault("figure", "a tool needs a [[figure]] at least");
  return {};
}

Result<void> read_head(TomlTable& root, LoadFile& file) {
  auto name = root.string("name");
  if (!name) return forward(name);
  file.name = *name;
  auto summary = root.optional_string("summary");
  if (!summary) return forward(summary);
  file.summary = summary->value_or("");
  auto kind = root.string("kind");
  if (!kind) return forward(kind);
  file.kind = *kind;
  if (!is_one_of(file.kind, {"rr", "coap", "capacity", "tool"}))
    return root.fault("kind", "there are rr, coap, capacity and tool");
  auto quantum = root.optional_number("quantum_s", 0.01, 600);
  if (!quantum) return forward(quantum);
  file.quantum_s = quantum->value_or(file.quantum_s);
  auto whole = root.optional_bool("whole_seconds");
  if (!whole) return forward(whole);
  file.whole_seconds = whole->value_or(false);
  auto no_ipv6 = root.optional_string("no_ipv6");
  if (!no_ipv6) return forward(no_ipv6);
  file.no_ipv6 = no_ipv6->value_or("");
  auto port = root.optional_int("port", 1, 65'535);
  if (!port) return forward(port);
  file.port = static_cast<std::uint16_t>(port->value_or(9));
  return {};
}

Result<LoadFile> read_load_file(const fs::path& path) {
  auto toml = TomlFile::read(path);
  if (!toml) return forward(toml);
  TomlTable root = toml->root();
  LoadFile file;
  if (auto r = read_head(root, file); !r) return forward(r);
  for (auto [key, into] : {std::pair{"server", &file.server}, {"client", &file.client}}) {
    auto words = root.strings(key);
    if (!words) return forward(words);
    *into = std::move(*words);
  }
  if (file.kind == "tool" && file.client.empty()) return root.fault("client", "a tool needs a client");
  if (file.kind == "coap" && file.server.empty()) return root.fault("server", "coap needs a server");
  if (auto r = read_parameters(root, file.parameters); !r) return forward(r);
  if (auto r = read_words(root, file.words); !r) return forward(r);
  if (auto r = read_figures(root, file); !r) return forward(r);
  if (auto r = root.finish(); !r) return forward(r);
  return file;
}

/// A word that is a parameter alone becomes the words it stands for, none or several; within a word it is put
/// in as it is.
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

/// UDP has to number its requests where they do not wait for each other.
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

/// size is REQUEST/RESPONSE in bytes.
Result<json> rr_members(const std::map<std::string, std::string>& values) {
  json members = {{"kind", "rr"}};
  for (const auto& [key, text] : values) {
    if (is_one_of(key, kOfEveryLoad)) continue;
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
    if (is_one_of(key, kOfEveryLoad)) continue;
    if (key == "method") {
      members[key] = text;
      if (!is_one_of(text, {"put", "get"}))
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
  json members = {{"kind", "capacity"}, {"size", "64"}};
  for (const auto& [key, text] : values) {
    if (key != "size")
      return error(Exit::kUsage, fmt::format("capacity has no parameter '{}'", key),
                   "there is size; it is one container's");
    if (auto bytes = mean_bytes(text, Frames{}); !bytes) return forward(bytes);
    members[key] = text;
  }
  return members;
}

Result<json> client_members(const LoadFile& file, const LoadCase& one) {
  if (file.kind == "capacity") return capacity_members(one.parameters);
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

/// All combinations; the last parameter is the fastest.
std::vector<std::map<std::string, std::string>> combinations(const Parameters& parameters) {
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

Result<fs::path> find_file(const std::string& use, const fs::path& folder) {
  const bool is_path = use.find('/') != std::string::npos || use.ends_with(".toml");
  const fs::path path = is_path ? fs::path(use) : folder / (use + ".toml");
  std::error_code none;
  if (fs::exists(path, none)) return path;
  return error(Exit::kMissing, fmt::format("there is no load '{}'", use),
               fmt::format("there are {}; or name a file", fmt::join(shipped_names("loads"), ", ")));
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
  auto path = find_file(ask.use, folder);
  if (!path) return forward(path);
  auto file = read_load_file(*path);
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
    if (file->port + kPortsApart * one.containers > 65'535)
      return error(Exit::kUsage, fmt::format("{}: {} containers from port {} have no ports", file->name,
                                             one.containers, file->port));
    if (auto r = fill_case(*file, one); !r) return forward(r);
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace hopcost::campaign
