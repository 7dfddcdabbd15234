// Figures that follow each other and are alike. Test support.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace hopcost {

/// Each figure is `alike` times the one before, and something new; standard deviation 1.
inline std::vector<double> alike_figures(std::size_t n, double alike, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> figures;
  double last = normal(random);
  for (std::size_t i = 0; i < n; ++i) {
    figures.push_back(last);
    last = alike * last + std::sqrt(1 - alike * alike) * normal(random);
  }
  return figures;
}

}  // namespace hopcost
