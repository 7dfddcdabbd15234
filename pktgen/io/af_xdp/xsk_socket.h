// One AF_XDP socket with its frame area (umem) and rings (Documentation/networking/af_xdp.rst): set-up and
// ownership. XskTx (sending) and XskRx (receiving) share it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/mapped_memory.h"
#include "base/result.h"
#include "pktgen/io/af_xdp/redirect_program.h"
#include "pktgen/io/af_xdp/xsk_ring.h"
#include "pktgen/io/port_spec.h"

namespace hopcost::pktgen {

struct XskWay;  // xsk_ways.h

/// What open() is asked for.
struct XskRequest {
  std::string device;
  unsigned ifindex = 0;
  std::uint32_t queue = 0;
  std::uint32_t mtu = 0;
  int numa = -1;  ///< The node the frames should be on; -1: any.
  XdpMode mode = XdpMode::kBest;
  bool send = true;
  bool receive = false;
  bool send_back = false;  ///< Send received frames back from the memory they are in.
  bool stamps = false;     ///< The driver's receive stamps, if it has any.
  bool metadata = false;   ///< Room for the driver's departure stamps (Linux 6.8).
  std::uint32_t busy_poll_us = 0;
  std::uint32_t chunks = 1024;  ///< Of each direction; a power of two. Usually one holds a frame.
  /// The program of another socket that receives on the device, whose mode must be asked for; null: attach an
  /// own one.
  std::shared_ptr<const RedirectProgram> redirect = nullptr;
};

/// The area is divided into chunks. The frames to be sent come first, each with chunks_per_frame() successive
/// chunks; the chunks after them are for received frames. Usually one chunk holds a frame. With an MTU above
/// a page a frame spans several chunks, with a descriptor for each (Documentation/networking/af_xdp.rst,
/// "Multi-Buffer Support"). The four rings have one producer and one consumer each: tx and completion belong
/// to the sending thread, rx and fill to the receiving one. A socket that sends back has no frames of its own
/// to send, and only one thread: a chunk goes from fill to rx, tx, completion, and back to fill.
class XskSocket {
 public:
  /// Binds to a queue of a device of the calling thread's namespace, in the best mode the device takes:
  /// zero-copy, else copy (with a native XDP program when receiving), else skb. If a mode is asked for, that
  /// one is used or it is an error. A socket that only sends may have a longest_frame() below the MTU, where
  /// the mode can't do better. Errors: kPrivilege; kMissing when the device can't; kUsage when it can't
  /// receive frames as long as the MTU.
  [[nodiscard]] static Result<std::shared_ptr<XskSocket>> open(const XskRequest& r);
  XskSocket(const XskSocket&) = delete;
  ~XskSocket();

  [[nodiscard]] XdpMode mode() const noexcept { return mode_; }
  /// The program on the device; null if this socket keeps none.
  [[nodiscard]] const std::shared_ptr<const RedirectProgram>& redirect() const noexcept { return redirect_; }
  /// Whether the 8 bytes before each received frame hold the driver's receive stamp, or 0.
  [[nodiscard]] bool stamps() const noexcept { return redirect_ && redirect_->stamps(); }
  /// Bytes of metadata before each frame to be sent (newer_kernel.h), or 0.
  [[nodiscard]] std::uint32_t metadata_bytes() const noexcept { return metadata_bytes_; }
  /// Whether the device's queue is only served by this socket's calls (busy polling).
  [[nodiscard]] bool busy_polls() const noexcept { return busy_polls_; }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] std::byte* frame(std::uint64_t address) const noexcept { return area_.data() + address; }
  /// Of each direction.
  [[nodiscard]] std::uint32_t chunks() const noexcept { return chunks_; }
  [[nodiscard]] std::uint32_t chunk_bytes() const noexcept { return chunk_bytes_; }
  [[nodiscard]] std::uint32_t chunks_per_frame() const noexcept { return chunks_per_frame_; }
  /// Distance between two frames to be sent, metadata included.
  [[nodiscard]] std::uint32_t frame_bytes() const noexcept { return chunks_per_frame_ * chunk_bytes_; }
  /// The longest frame it sends, no FCS.
  [[nodiscard]] std::uint32_t longest_frame() const noexcept { return frame_bytes() - metadata_bytes_; }
  [[nodiscard]] std::uint32_t tx_frames() const noexcept { return tx_frames_; }
  /// Whether it sends received frames back; never where a frame spans several chunks.
  [[nodiscard]] bool sends_back() const noexcept { return sends_back_; }
  /// For a socket that sends back: makes chunks that were sent available for receiving again.
  void recycle() noexcept;

  XskProducer<xdp_desc> tx;
  XskProducer<std::uint64_t> fill;
  XskConsumer<xdp_desc> rx;
  XskConsumer<std::uint64_t> completion;

 private:
  XskSocket() = default;
  [[nodiscard]] static Result<std::shared_ptr<XskSocket>> try_way(const XskRequest& r, const XskWay& way);
  [[nodiscard]] Result<void> make_area(const XskRequest& r);
  [[nodiscard]] Result<void> register_area(const XskRequest& r, std::size_t bytes);
  [[nodiscard]] Result<void> make_rings(const XskRequest& r);
  template <class Ring>
  [[nodiscard]] Result<void> make_ring(Ring& ring, int option);
  [[nodiscard]] Result<void> bind_to(const XskRequest& r) const;
  [[nodiscard]] Result<void> attach(const XskRequest& r);
  [[nodiscard]] Result<void> set_busy_poll(const XskRequest& r);

  XdpMode mode_ = XdpMode::kCopy;
  bool busy_polls_ = false, multi_buffer_ = false, sends_back_ = false;
  std::uint32_t chunks_ = 0, chunk_bytes_ = 2048, chunks_per_frame_ = 1;
  std::uint32_t tx_frames_ = 0, metadata_bytes_ = 0;
  MappedMemory area_;
  Fd fd_;
  std::shared_ptr<const RedirectProgram> redirect_;
};

}  // namespace hopcost::pktgen
