#include "campaign/site/push.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/programs.h"
#include "base/shell.h"
#include "base/text.h"
#include "campaign/site/ssh_master.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> kPrograms = {"analyzer", "nsglue"};
/// Marks where our output begins, after what a login prints.
constexpr std::string_view kMark = "hopcost-answer:";

/// The part of a command's output after the mark.
std::string after_mark(const std::string& text) {
  const auto at = text.rfind(kMark);
  return at == std::string::npos ? "" : text.substr(at + kMark.size());
}

std::string first_word(const std::string& text) {
  return text.substr(0, text.find_first_of(" \n\r"));
}

/// Runs `script` on the host with the file `input` as its stdin, and gives its output. Errors: kFailure with
/// the output's last line, when the script fails.
Result<std::string> run_there(const SshMaster& host, const std::string& script, const std::string& input,
                              const std::string& what) {
  const std::string all = "{ " + script + "; } 2>&1; printf '\n%s%s\n' " + std::string(kMark) + " $?";
  const std::string text = host.output_of("sh -c " + shell_quoted(all), input);
  if (first_word(after_mark(text)) == "0") return text;
  std::string last = "no answer";
  for (const std::string& line : split(text.substr(0, text.rfind(kMark)), '\n')) {
    if (line.find_first_not_of(" \r") != std::string::npos) last = line;
  }
  return error(Exit::kFailure, what + ": " + last);
}

/// The host's architecture, read from its /bin/sh: a kernel may be of another one than the programs.
Result<std::string> architecture_there(const SshMaster& host) {
  constexpr std::size_t kHeader = 52;
  const std::string mark(kMark);
  const std::string text = host.output_of(
      "sh -c " + shell_quoted("printf " + mark + "; dd if=/bin/sh bs=52 count=1 2>/dev/null"), "/dev/null");
  return architecture_of(after_mark(text).substr(0, kHeader));
}

/// The first word of a line that has the form of a SHA-256: 64 hexadecimal digits.
std::string digest_in(const std::string& text) {
  for (const std::string& line : split(text, '\n')) {
    const std::string word = first_word(line);
    if (word.size() == 64 && word.find_first_not_of("0123456789abcdef") == std::string::npos) return word;
  }
  return {};
}

std::string digest_of(const fs::path& file) {
  auto output = shell_output("sha256sum <" + shell_quoted(file.string()));
  return output ? digest_in(output->text) : std::string();
}

Result<void> put(const SshMaster& host, const fs::path& file, const std::string& folder,
                 const std::string& name) {
  const std::string to = shell_quoted(folder + "/" + name), beside = shell_quoted(folder + "/." + name);
  const std::string script = fmt::format(
      "umask 077; mkdir -p {0} && {{ [ -O {0} ] && [ ! -L {0} ] || {{ echo {0} is another user\\'s >&2; exit "
      "1; }}; "
      "}} && cat >{1} && sha256sum {1} && chmod 755 {1} && mv {1} {2} || {{ rm -f {1}; false; }}",
      shell_quoted(folder), beside, to);
  auto copied = run_there(host, script, file.string(), fmt::format("put {} there", name));
  if (!copied) return forward(copied);
  const std::string here = digest_of(file);
  if (!here.empty() && here == digest_in(*copied)) return {};
  (void)host.output_of("rm -f " + to, "/dev/null");
  return error(Exit::kFailure, fmt::format("{} arrived there changed (SHA-256)", name), "try again");
}

/// The folder with the programs for an architecture: in $HOPCOST_STATIC, or where ./dev cross puts them.
Result<fs::path> static_programs(const std::string& architecture) {
  if (const char* chosen = std::getenv("HOPCOST_STATIC")) return fs::path(chosen) / architecture;
  return find_data("build-cross-" + architecture);
}

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size, bool big) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + (big ? i : size - 1 - i)]);
  return value;
}

}  // namespace

// ELF specification, figure 4-3 (e_ident, e_machine); EF_ARM_ABI_FLOAT_HARD of the ARM ABI's supplement.
Result<std::string> architecture_of(std::string_view elf) {
  constexpr std::size_t kClass = 4, kData = 5, kMachine = 18, kFlags = 36;
  constexpr std::uint32_t kFloatHard = 0x400;
  if (elf.size() < kFlags + 4 || !elf.starts_with("\x7f"
                                                  "ELF"))
    return error(Exit::kMissing, "what architecture that host has can't be told",
                 "its /bin/sh is no ELF program");
  const bool wide = elf[kClass] == 2, big = elf[kData] == 2;
  switch (number(elf, kMachine, 2, big)) {
    case 62:
      return "x86_64";
    case 183:
      return "aarch64";
    case 40:
      return (number(elf, kFlags, 4, big) & kFloatHard) != 0 ? "armhf" : "armel";
    case 8:
      if (!wide) return big ? "mips" : "mipsel";
      break;
    case 22:
      if (wide) return "s390x";
      break;
    case 243:
      if (wide) return "riscv64";
      break;
    default:
      break;
  }
  return error(Exit::kMissing, "nothing is built for that host's architecture",
               "doc/small-devices.md lists those there are");
}

std::string push_folder() {
  return "/tmp/hopcost-" HOPCOST_VERSION;
}

Result<void> push(const SiteConfig& site) {
  auto host = SshMaster::open(site);
  if (!host) return forward(host);
  auto architecture = architecture_there(*host);
  if (!architecture) return forward(architecture);
  auto built = static_programs(*architecture);
  if (!built)
    return error(Exit::kMissing,
                 fmt::format("{} is {}, and nothing is built for that here", site.host, *architecture),
                 fmt::format("./dev cross {}", *architecture));
  for (const char* program : kPrograms) {
    auto done = put(*host, *built / fmt::format("{}.stripped", program), site.folder, program);
    if (!done) return done;
  }
  fmt::print("{}: analyzer and nsglue for {} are in {}; in a campaign file: folder = \"{}\"\n", site.host,
             *architecture, site.folder, site.folder);
  return {};
}

Result<void> take_back(const SiteConfig& site) {
  auto host = SshMaster::open(site);
  if (!host) return forward(host);
  std::string script = "rm -f";
  for (const char* program : kPrograms) {
    script +=
        " " + shell_quoted(site.folder + "/" + program) + " " + shell_quoted(site.folder + "/." + program);
  }
  script += " && { rmdir " + shell_quoted(site.folder) + " 2>/dev/null; true; }";
  auto gone = run_there(*host, script, "/dev/null", "remove them there");
  if (!gone) return forward(gone);
  return {};
}

}  // namespace hopcost::campaign
