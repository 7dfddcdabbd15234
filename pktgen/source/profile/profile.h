// A profile as plain data: flows of frames whose fields and sizes vary. See doc/profiles.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pktgen/source/profile/series.h"
#include "pktgen/source/profile/sizes.h"
#include "wire/frame_encoder.h"

namespace hopcost::pktgen {

/// A field that changes from frame to frame.
struct VaryingField {
  std::size_t layer = 0;  ///< Index in the stack.
  std::size_t field = 0;  ///< Index in the layer's format.
  SeriesSpec series;
};

/// One flow, as a profile says it.
struct ProfileFlow {
  std::string where;  ///< "FILE:LINE:COLUMN", for errors found later.
  std::string name;
  double weight = 1;                ///< Share of packets.
  std::optional<double> pps;        ///< Its own rate; either all flows of a profile have one, or none.
  std::optional<std::uint16_t> id;  ///< Flow id in its probes; nothing: one more than the flow before it.
  SizeSpec sizes;
  std::string sizes_where;
  FrameStack stack;  ///< Layers with their fixed fields; the probe is set when the flow is made.
  std::vector<VaryingField> varying;
  std::optional<bool> probe;  ///< false: never; true: in every frame; nothing: where there is room.
  bool dst_mac_given = false, src_mac_given = false;  ///< In the outermost Ethernet header.
};

struct Profile {
  std::string name;
  std::string description;
  std::optional<std::uint64_t> seed;
  std::vector<ProfileFlow> flows;  ///< At least one.
};

}  // namespace hopcost::pktgen
