#include "base/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "base/programs.h"

namespace hopcost {
namespace {

/// Looks among the subcommand's own options, then among those of its parents, if it falls through to them.
const CLI::Option* find_option(const CLI::App& app, const std::string& word) {
  if (const CLI::Option* own = app.get_option_no_throw(word)) return own;
  const CLI::App* parent = app.get_fallthrough() ? app.get_parent() : nullptr;
  return parent != nullptr ? find_option(*parent, word) : nullptr;
}

const CLI::App* find_verb(const CLI::App& app, const std::string& word) {
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    if (verb->get_name() == word) return verb;
  return nullptr;
}

void add_option_names(const CLI::App& app, Candidates& found) {
  for (const CLI::Option* option : app.get_options())
    for (const auto& name : option->get_lnames()) found.push_back("--" + name);
  if (app.get_fallthrough() && app.get_parent() != nullptr) add_option_names(*app.get_parent(), found);
}

Candidates values_of(const ValueCandidates& values, const std::string& name, std::string_view word) {
  const auto known = values.find(name);
  return known == values.end() ? Candidates{} : known->second(word);
}

/// Candidates for a word that is no option's value: verbs and positional words.
Candidates plain_words(const CLI::App& app, const ValueCandidates& values, std::string_view word) {
  Candidates found;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    found.push_back(verb->get_name());
  for (const CLI::Option* option : app.get_options())
    if (option->get_positional())
      for (auto& value : values_of(values, option->get_name(true), word)) found.push_back(std::move(value));
  return found;
}

bool takes_value(const CLI::Option* option) {
  return option != nullptr && !option->get_positional() && option->get_items_expected_max() > 0;
}

Candidates sorted_matches(Candidates found, std::string_view word) {
  std::erase_if(found, [&](const std::string& c) { return !c.starts_with(word); });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Candidates file_names(const std::filesystem::path& folder, std::string_view ending) {
  Candidates names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (ending.empty()) names.push_back(entry.path().filename().string());
    if (!ending.empty() && entry.path().extension() == ending) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Candidates complete(const CLI::App& app, const ValueCandidates& values,
                    const std::vector<std::string>& words) {
  const CLI::App* active = &app;
  const CLI::Option* open = nullptr;  // an option whose value comes next
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (open != nullptr) {
      open = nullptr;
    } else if (words[i].starts_with('-')) {
      const CLI::Option* option = find_option(*active, words[i]);
      open = takes_value(option) ? option : nullptr;
    } else if (const CLI::App* verb = find_verb(*active, words[i])) {
      active = verb;
    }
  }
  const std::string word = words.empty() ? "" : words.back();
  if (open != nullptr) return sorted_matches(values_of(values, open->get_name(), word), word);
  if (const auto equals = word.find('='); word.starts_with("--") && equals != std::string::npos) {
    const std::string name = word.substr(0, equals);
    const std::string_view value = std::string_view(word).substr(equals + 1);
    return sorted_matches(with_prefix(name + "=", values_of(values, name, value)), word);
  }
  Candidates found = word.starts_with('-') ? Candidates{} : plain_words(*active, values, word);
  if (word.starts_with('-')) add_option_names(*active, found);
  return sorted_matches(std::move(found), word);
}

bool answer_completion(const CLI::App& app, const ValueCandidates& values, int argc,
                       const char* const* argv) {
  if (argc < 2 || std::string_view(argv[1]) != "--complete") return false;
  for (const auto& candidate : complete(app, values, {argv + 2, argv + argc})) fmt::print("{}\n", candidate);
  return true;
}

Candidates with_prefix(std::string_view prefix, Candidates names) {
  for (auto& name : names) name.insert(0, prefix);
  return names;
}

std::string_view up_to_last(std::string_view word, std::string_view separators) {
  const auto at = word.find_last_of(separators);
  return at == std::string_view::npos ? std::string_view{} : word.substr(0, at + 1);
}

Candidates namespace_names() {
  return file_names("/run/netns", "");
}

Candidates shipped_names(const std::string& folder) {
  const auto place = find_data(folder);
  return place ? file_names(*place, ".toml") : Candidates{};
}

}  // namespace hopcost
