// A fuzz target without libFuzzer, for any compiler: first its corpus, then changed copies of it, the same
// ones every time, for so long. `driver CORPUS SECONDS`; exits 1 or dies with the input kept, and its path
// printed.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
/// The sanitizers', where they are.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*)());

namespace {

using Input = std::vector<std::uint8_t>;
constexpr std::size_t kLongest = 4096;

Input current;
/// Where an input that fails is kept: a form for mkstemp(3), ready before anything fails.
std::string kept = std::filesystem::temp_directory_path() / "hopcost-fuzz-XXXXXX";

void keep_input() {
  const int fd = mkstemp(kept.data());
  if (fd < 0) return;
  (void)!::write(fd, current.data(), current.size());
  (void)!::write(STDERR_FILENO, kept.data(), kept.size());
  (void)!::write(STDERR_FILENO, " holds the input that failed\n", 29);
}

void on_abort(int) {
  keep_input();
  _exit(1);
}

std::vector<Input> read_corpus(const char* folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(folder)) paths.push_back(file.path());
  std::ranges::sort(paths);
  std::vector<Input> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// Changes as a fuzzer makes them: bits, bytes and numbers at the edges, pieces gone, doubled or of another
/// input.
class Changer {
 public:
  explicit Changer(const std::vector<Input>& corpus) : corpus_(corpus) {}

  Input next() {
    Input input = corpus_[below(corpus_.size())];
    for (std::size_t n = 1 + below(4); n > 0; --n) change(input);
    if (input.size() > kLongest) input.resize(kLongest);
    return input;
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  void change(Input& input) {
    static constexpr std::uint8_t kEdges[] = {0, 1, 0x7f, 0x80, 0xff};
    if (input.empty()) input.push_back(0);
    const std::size_t at = below(input.size());
    const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
    const auto length = static_cast<std::ptrdiff_t>(1 + below(std::min<std::size_t>(input.size() - at, 32)));
    switch (below(7)) {
      case 0:
        *place ^= static_cast<std::uint8_t>(1u << below(8));
        return;
      case 1:
        *place = kEdges[below(std::size(kEdges))];
        return;
      case 2:
        *place = static_cast<std::uint8_t>(random_());
        return;
      case 3:
        input.erase(place, place + length);
        return;
      case 4: {
        const Input piece(place, place + length);
        input.insert(place, piece.begin(), piece.end());
        return;
      }
      case 5:
        input.resize(at);
        return;
      default: {
        const Input& other = corpus_[below(corpus_.size())];
        if (!other.empty())
          input.insert(input.begin() + static_cast<std::ptrdiff_t>(at),
                       other.begin() + static_cast<std::ptrdiff_t>(below(other.size())), other.end());
      }
    }
  }

  const std::vector<Input>& corpus_;
  std::mt19937 random_{1};
};

void run(Input input) {
  current = std::move(input);
  (void)LLVMFuzzerTestOneInput(current.data(), current.size());
}

}  // namespace

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  if (argc != 3) {
    fmt::print(stderr, "driver CORPUS SECONDS\n");
    return 2;
  }
  signal(SIGABRT, on_abort);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_input);
  const auto corpus = read_corpus(argv[1]);
  if (corpus.empty()) return 2;
  for (const Input& input : corpus) run(input);
  std::uint64_t inputs = corpus.size();
  Changer changer(corpus);
  const auto end = Clock::now() + std::chrono::duration<double>(std::atof(argv[2]));
  for (; Clock::now() < end; ++inputs) run(changer.next());
  fmt::print("{} inputs\n", inputs);
  return 0;
}
