// What the machine did in the course of a quantum: the mean over all quanta of a case, tenth of a second by
// tenth. Pure. Includes base.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "campaign/loads/measure_loads.h"

namespace hopcost::campaign {

/// The series of a case's machine figures: [{"name", "unit", "modes": [{"name", "at_s": [..], "mean":
/// [..]}]}]. `at_s`: the end of each tenth, seconds since the quantum began. Tenths that fewer than half of a
/// mode's quanta have are left out, since quanta differ in length by a tenth; so are figures that the machine
/// lacks.
[[nodiscard]] nlohmann::json time_series(const MeasuredLoads& measured, std::size_t case_index);

}  // namespace hopcost::campaign
