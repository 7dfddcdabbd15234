// What a shell may offer for the next word of a command line, from the parser's own options. Any thread. The
// shells' side is completion/hopcost.bash and completion/_hopcost.
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

/// Values an option or a positional word can have, by its name ("--port", "PROFILE"). A function is given the
/// word as far as it is typed, and gives whole words; those that do not begin with it are left out. A word
/// that ends in ':', '=', '@', ',' or '/' is not a whole value yet. Names without a function are left to the
/// shell, which offers files.
using ValueCandidates = std::map<std::string, std::function<Candidates(std::string_view word)>, std::less<>>;

/// `words`: behind the program's name; the last one is to be completed, and may be empty.
[[nodiscard]] Candidates complete(const CLI::App& app, const ValueCandidates& values,
                                  const std::vector<std::string>& words);

/// "PROGRAM --complete WORD..." is a shell's question: prints a candidate a line, and gives true. Anything
/// else gives false and prints nothing.
[[nodiscard]] bool answer_completion(const CLI::App& app, const ValueCandidates& values, int argc,
                                     const char* const* argv);

/// `prefix` before each of `names`.
[[nodiscard]] Candidates with_prefix(std::string_view prefix, Candidates names);
/// The word up to and with its last `separator`; empty when it has none.
[[nodiscard]] std::string_view up_to_last(std::string_view word, std::string_view separators);

/// Named network namespaces (/run/netns), sorted.
[[nodiscard]] Candidates namespace_names();
/// Names of the TOML files of a data folder of ours ("profiles"), without the ending. Sorted; empty when
/// there is no such folder.
[[nodiscard]] Candidates shipped_names(const std::string& folder);

}  // namespace hopcost
