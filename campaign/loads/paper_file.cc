#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/completion.h"
#include "base/text.h"
#include "base/toml_file.h"
#include "campaign/loads/paper.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

Result<std::string> word(TomlTable& table, const char* key, std::string otherwise) {
  auto value = table.optional_string(key);
  if (!value) return forward(value);
  return value->value_or(std::move(otherwise));
}

Result<void> read_claim(TomlTable& table, PaperRow& row) {
  auto text = table.optional_string("claim");
  if (!text) return forward(text);
  if (!*text) return {};
  const auto claim = parse_claim(**text);
  if (!claim)
    return table.fault(
        "claim", "\"lower\", \"higher\", \"below 0.04\", \"above -0.05\", \"-0.05, 0.05\" or \"times 2\"");
  row.claim = claim;
  row.claims_ratio = (*text)->starts_with("times ");
  return {};
}

/// Reads what a row's mode is compared with: `order`, or `against` and the words of its case.
Result<void> read_against(TomlTable& table, PaperRow& row) {
  auto order = table.strings("order");
  if (!order) return forward(order);
  row.order = std::move(*order);
  for (auto [key, into] : {std::pair{"against", &row.against},
                           {"against_load", &row.against_load},
                           {"against_label", &row.against_label}}) {
    auto value = word(table, key, "");
    if (!value) return forward(value);
    *into = std::move(*value);
  }
  const bool other_case = !row.against_load.empty() || !row.against_label.empty();
  if (!row.order.empty()) {
    if (row.order.size() < 2 || !row.mode.empty() || !row.against.empty() || other_case || !row.claim)
      return table.fault("order",
                         "an order has two modes or more and a claim, and no mode and nothing against it");
    row.against = row.order.front();
    row.mode = row.order.back();
  }
  if (row.against.empty()) row.against = other_case ? row.mode : "host";
  if (row.against_load.empty()) row.against_load = row.load;
  if (!other_case) row.against_label = row.label;
  return {};
}

Result<PaperRow> read_row(TomlTable& table) {
  PaperRow row;
  for (auto [key, into] : {std::pair{"where", &row.where},
                           {"what", &row.what},
                           {"paper", &row.paper},
                           {"load", &row.load},
                           {"label", &row.label},
                           {"figure", &row.figure},
                           {"mode", &row.mode},
                           {"cannot", &row.cannot}}) {
    auto value = word(table, key, "");
    if (!value) return forward(value);
    *into = std::move(*value);
  }
  if (auto r = read_claim(table, row); !r) return forward(r);
  if (auto r = read_against(table, row); !r) return forward(r);
  if (row.what.empty()) return table.fault("what", "a row says what it is of");
  if (row.cannot.empty() && (row.load.empty() || row.figure.empty() || row.mode.empty()))
    return table.fault("load", "a row has load, figure and mode, or says why it cannot be had");
  if (auto r = table.finish(); !r) return forward(r);
  return row;
}

/// Reads a [[load]]: `use`, and parameters that replace those of the load's file.
Result<LoadAsk> read_ask(TomlTable& table) {
  LoadAsk ask;
  auto use = table.string("use");
  if (!use) return forward(use);
  ask.use = std::move(*use);
  for (const std::string& key : table.keys()) {
    if (key == "use") continue;
    auto text = table.optional_text(key);
    if (!text) return forward(text);
    ask.parameters[key] = split(**text, '|');
  }
  return ask;
}

template <class T, class Read>
Result<void> read_all(TomlTable& root, const char* key, Read&& read, std::vector<T>& into) {
  auto tables = root.tables(key);
  if (!tables) return forward(tables);
  for (TomlTable& table : *tables) {
    auto one = read(table);
    if (!one) return forward(one);
    into.push_back(std::move(*one));
  }
  return {};
}

Result<Paper> read_root(TomlTable& root) {
  Paper paper;
  for (auto [key, into] :
       {std::pair{"name", &paper.name}, {"title", &paper.title}, {"about", &paper.about}}) {
    auto value = root.string(key);
    if (!value) return forward(value);
    *into = std::move(*value);
  }
  auto modes = root.strings("modes");
  if (!modes) return forward(modes);
  paper.modes = std::move(*modes);
  if (auto r = read_all(root, "load", read_ask, paper.loads); !r) return forward(r);
  if (auto r = read_all(root, "row", read_row, paper.rows); !r) return forward(r);
  if (paper.loads.empty()) return root.fault("load", "a paper needs a [[load]]");
  if (auto r = root.finish(); !r) return forward(r);
  return paper;
}

}  // namespace

Result<Paper> read_paper(const std::string& name, const fs::path& folder) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".toml");
  const fs::path path = is_path ? fs::path(name) : folder / (name + ".toml");
  std::error_code none;
  if (!fs::exists(path, none))
    return error(Exit::kMissing, fmt::format("there is no paper '{}'", name),
                 fmt::format("there are {}; or name a file", fmt::join(shipped_names("papers"), ", ")));
  auto file = TomlFile::read(path);
  if (!file) return forward(file);
  TomlTable root = file->root();
  return read_root(root);
}

}  // namespace hopcost::campaign
