#include "stats/hdr_codec.h"

#include <zlib.h>

#include <bit>
#include <new>

#include "stats/base64.h"

namespace hopcost {
namespace {

constexpr std::uint32_t kCookie = 0x1c849303 | 0x10;  // V2, 0x10: counts of varying length
constexpr std::uint32_t kCompressedCookie = 0x1c849304 | 0x10;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kOuterBytes = 8;
constexpr int kLongestNumber = 9;
constexpr std::uint64_t kLargestTotal = (std::uint64_t{1} << 63) - 1;

void put(std::vector<std::uint8_t>& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint64_t get(const std::uint8_t* in, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = (value << 8) | in[i];
  return value;
}

// ZigZag LEB128, 64 bits in at most 9 bytes: the ninth carries eight bits.
void put_number(std::vector<std::uint8_t>& out, std::int64_t value) {
  std::uint64_t z = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (int i = 0; i < kLongestNumber - 1; ++i) {
    if (z < 0x80) {
      out.push_back(static_cast<std::uint8_t>(z));
      return;
    }
    out.push_back(static_cast<std::uint8_t>((z & 0x7f) | 0x80));
    z >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(z));
}

// False at the end of the bytes.
bool get_number(std::span<const std::uint8_t>& in, std::int64_t& value) {
  std::uint64_t z = 0;
  for (int i = 0; i < kLongestNumber; ++i) {
    if (static_cast<std::size_t>(i) >= in.size()) return false;
    const std::uint8_t byte = in[static_cast<std::size_t>(i)];
    const bool last = i == kLongestNumber - 1;
    z |= static_cast<std::uint64_t>(last ? byte : byte & 0x7f) << (7 * i);
    if (last || (byte & 0x80) == 0) {
      in = in.subspan(static_cast<std::size_t>(i) + 1);
      value = static_cast<std::int64_t>(z >> 1) ^ -static_cast<std::int64_t>(z & 1);
      return true;
    }
  }
  return false;
}

std::vector<std::uint8_t> encode_plain(const HdrHistogram& h) {
  std::vector<std::uint8_t> payload;
  const std::uint32_t limit = h.last_index() + 1;
  for (std::uint32_t i = 0; i < limit;) {
    const std::uint64_t n = h.count_at_index(i++);
    std::int64_t zeros = n == 0 ? 1 : 0;
    while (n == 0 && i < limit && h.count_at_index(i) == 0) ++zeros, ++i;
    put_number(payload, zeros > 1 ? -zeros : static_cast<std::int64_t>(n));
  }
  std::vector<std::uint8_t> out;
  out.reserve(kHeaderBytes + payload.size());
  put(out, kCookie, 4);
  put(out, payload.size(), 4);
  put(out, 0, 4);
  put(out, static_cast<std::uint64_t>(h.config().digits), 4);
  put(out, h.config().lowest, 8);
  put(out, h.config().highest, 8);
  put(out, std::bit_cast<std::uint64_t>(1.0), 8);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

// A zlib stream being unpacked into buffers of known size, so that a small input can't ask for much memory.
class Inflater {
 public:
  explicit Inflater(std::span<const std::uint8_t> in) {
    stream_.next_in = const_cast<Bytef*>(in.data());  // zlib does not write there
    stream_.avail_in = static_cast<uInt>(in.size());
    ready_ = inflateInit(&stream_) == Z_OK;
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // False when the stream is corrupt or ends early.
  bool fill(std::span<std::uint8_t> out) {
    if (!ready_) return false;
    if (out.empty()) return true;
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    const int rc = inflate(&stream_, Z_SYNC_FLUSH);
    return (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR) && stream_.avail_out == 0;
  }

  // True when nothing is left and the checksum at the end is right.
  bool at_end() {
    std::uint8_t spare;
    stream_.next_out = &spare;
    stream_.avail_out = 1;
    return inflate(&stream_, Z_FINISH) == Z_STREAM_END && stream_.avail_out == 1;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

std::unexpected<Error> bad(std::string what) {
  return error(Exit::kUsage, "decode a histogram: " + std::move(what));
}

Result<HdrHistogram> decode_header(const std::uint8_t* header) {
  if (get(header, 4) != kCookie) return bad("the inner cookie is not that of HdrHistogram V2");
  if (get(header + 8, 4) != 0) return bad("a shifted counts array (normalising offset) is not supported");
  if (std::bit_cast<double>(get(header + 32, 8)) != 1.0)
    return bad("values of a DoubleHistogram are not supported");
  const std::uint64_t digits = get(header + 12, 4);
  if (digits > 5) return bad("digits are not in 1..5");
  return HdrHistogram::create({get(header + 16, 8), get(header + 24, 8), static_cast<int>(digits)});
}

Result<void> decode_payload(std::span<const std::uint8_t> payload, HdrHistogram& h) {
  const std::uint64_t length = h.layout().array_length;
  std::uint64_t index = 0;
  while (!payload.empty()) {
    std::int64_t number = 0;
    if (!get_number(payload, number)) return bad("the payload ends within a number");
    if (number < 0) {
      const std::uint64_t zeros = -static_cast<std::uint64_t>(number);
      if (zeros > length - index) return bad("a run of empty steps leads past the highest value");
      index += zeros;
      continue;
    }
    if (index >= length) return bad("more counts than the range has steps");
    if (static_cast<std::uint64_t>(number) > kLargestTotal - h.count())
      return bad("the counts add up to more than 2^63");
    h.add_at_index(static_cast<std::uint32_t>(index++), static_cast<std::uint64_t>(number));
  }
  return {};
}

}  // namespace

std::vector<std::uint8_t> encode_compressed(const HdrHistogram& histogram) {
  const std::vector<std::uint8_t> plain = encode_plain(histogram);
  uLongf size = compressBound(static_cast<uLong>(plain.size()));
  std::vector<std::uint8_t> out(kOuterBytes + size);
  if (compress(out.data() + kOuterBytes, &size, plain.data(), static_cast<uLong>(plain.size())) != Z_OK)
    throw std::bad_alloc();  // the one way compress() can fail with a buffer of compressBound()
  std::vector<std::uint8_t> outer;
  put(outer, kCompressedCookie, 4);
  put(outer, size, 4);
  std::copy(outer.begin(), outer.end(), out.begin());
  out.resize(kOuterBytes + size);
  return out;
}

Result<HdrHistogram> decode_compressed(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kOuterBytes) return bad("only " + std::to_string(bytes.size()) + " bytes");
  if (get(bytes.data(), 4) != kCompressedCookie)
    return bad("the cookie is not that of compressed HdrHistogram V2");
  const std::uint64_t compressed = get(bytes.data() + 4, 4);
  if (compressed > bytes.size() - kOuterBytes) return bad("the compressed part is cut short");
  Inflater inflater(bytes.subspan(kOuterBytes, compressed));

  std::uint8_t header[kHeaderBytes];
  if (!inflater.fill(header)) return bad("the zlib stream is corrupt");
  auto histogram = decode_header(header);
  if (!histogram) return histogram;
  const std::uint64_t payload_bytes = get(header + 4, 4);
  if (payload_bytes > std::uint64_t{kLongestNumber} * histogram->layout().array_length)
    return bad("the payload is longer than the range can need");
  std::vector<std::uint8_t> payload(payload_bytes);
  if (!inflater.fill(payload) || !inflater.at_end()) return bad("the zlib stream is corrupt or ends early");
  if (auto ok = decode_payload(payload, *histogram); !ok) return forward(ok);
  return histogram;
}

std::string encode_base64(const HdrHistogram& histogram) {
  return base64_encode(encode_compressed(histogram));
}

Result<HdrHistogram> decode_base64(std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes) return forward(bytes);
  return decode_compressed(*bytes);
}

}  // namespace hopcost
