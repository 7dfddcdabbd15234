#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace hopcost {
namespace {

Exit exit_for(int err) {
  switch (err) {
    case EPERM:
    case EACCES:
      return Exit::kPrivilege;
    case ENODEV:
    case ENXIO:
    case ENOENT:
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
      return Exit::kMissing;
    default:
      return Exit::kFailure;
  }
}

}  // namespace

std::unexpected<Error> errno_error(int err, std::string what, std::string hint) {
  const Exit code = exit_for(err);
  if (hint.empty() && code == Exit::kPrivilege)
    hint = "run with sudo, or grant the missing capability with setcap";
  return std::unexpected<Error>(Error{std::move(what), err, std::move(hint), code});
}

std::unexpected<Error> error(Exit code, std::string what, std::string hint) {
  return std::unexpected<Error>(Error{std::move(what), 0, std::move(hint), code});
}

std::string describe(const Error& e) {
  std::string text = e.what;
  if (e.err != 0) text += std::string(": ") + std::strerror(e.err);
  if (!e.hint.empty()) text += "\n  " + e.hint;
  return text;
}

}  // namespace hopcost
