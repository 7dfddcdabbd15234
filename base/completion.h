// What a shell may offer for the next word of a command line, taken from the parser's options. Any thread.
// The shells' side is in completion/hopcost.bash and completion/_hopcost.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace hopcost {

/// Whole words, or the beginnings of words, in the order a shell lists them.
using Candidates = std::vector<std::string>;

/// Values of options and positional words, by name ("--port", "PROFILE"). A function gets the word typed so
/// far and gives whole words; those that do not begin with it are dropped. A given word that ends in ':',
/// '=', '@', ',' or '/' is not a complete value yet. For names without a function the shell offers files.
using ValueCandidates = std::map<std::string, std::function<Candidates(std::string_view word)>, std::less<>>;

/// Candidates for the last of `words`, which may be empty. `words` are those after the program's name.
[[nodiscard]] Candidates complete(const CLI::App& app, const ValueCandidates& values,
                                  const std::vector<std::string>& words);

/// Answers a shell's question, "PROGRAM --complete WORD...": prints one candidate per line and gives true.
/// For any other command line gives false and prints nothing.
[[nodiscard]] bool answer_completion(const CLI::App& app, const ValueCandidates& values, int argc,
                                     const char* const* argv);

/// Puts `prefix` before each of `names`.
[[nodiscard]] Candidates with_prefix(std::string_view prefix, Candidates names);
/// The word up to its last separator, that included; empty when it has none. `separators`: any of these
/// characters.
[[nodiscard]] std::string_view up_to_last(std::string_view word, std::string_view separators);

/// Named network namespaces (/run/netns), sorted.
[[nodiscard]] Candidates namespace_names();
/// Names of the TOML files in one of our data folders ("profiles"), without the ending, sorted; empty when
/// there is no such folder.
[[nodiscard]] Candidates shipped_names(const std::string& folder);

}  // namespace hopcost
