#include "campaign/loads/load_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/completion.h"
#include "base/text.h"
#include "base/toml_file.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::ranges::find(words, word) != words.end();
}

Result<void> read_parameters(TomlTable& root, LoadFile::Parameters& into) {
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

Result<void> read_words(TomlTable& root, LoadFile::Words& into) {
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
  if (!is_one_of(file.kind, {"rr", "coap", kCapacity, kPackets, "tool"}))
    return root.fault("kind", "there are rr, coap, capacity, packets and tool");
  auto quantum = root.optional_number("quantum_s", 0.01, 600);
  if (!quantum) return forward(quantum);
  file.quantum_s = quantum->value_or(file.quantum_s);
  auto whole = root.optional_bool("whole_seconds");
  if (!whole) return forward(whole);
  file.whole_seconds = whole->value_or(false);
  auto no_ipv6 = root.optional_string("no_ipv6");
  if (!no_ipv6) return forward(no_ipv6);
  file.no_ipv6 = no_ipv6->value_or("");
  auto install = root.optional_string("install");
  if (!install) return forward(install);
  file.install = install->value_or("");
  auto port = root.optional_int("port", 1, 65'535);
  if (!port) return forward(port);
  file.port = static_cast<std::uint16_t>(port->value_or(9));
  return {};
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

Result<LoadFile> read_load_file(const std::string& use, const fs::path& folder) {
  auto path = find_file(use, folder);
  if (!path) return forward(path);
  auto toml = TomlFile::read(*path);
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

}  // namespace hopcost::campaign
