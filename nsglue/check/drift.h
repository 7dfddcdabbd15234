// A difference between what is declared and what stands. Plain data; includes nothing of ours.
#pragma once

#include <string>

namespace hopcost::nsglue {

/// `where` is "NAMESPACE" or "NAMESPACE/DEVICE", then ": " and the setting.
struct Drift {
  std::string where, expected, found;
};
/// "where expected X found Y".
[[nodiscard]] std::string text(const Drift& drift);

}  // namespace hopcost::nsglue
