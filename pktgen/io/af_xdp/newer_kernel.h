// Definitions that linux/if_xdp.h and linux/netdev.h of Debian 12 (6.1) lack, under the names of newer
// kernels.
#pragma once

#include <linux/if_xdp.h>

#include <cstddef>
#include <cstdint>

#ifndef XDP_UMEM_TX_METADATA_LEN  // Linux 6.11
#define XDP_UMEM_TX_METADATA_LEN (1 << 2)
#endif

#ifndef XDP_MAX_TX_SKB_BUDGET  // Linux 6.17
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

#ifndef XDP_USE_SG              // Linux 6.6
#define XDP_USE_SG (1 << 4)     // of a socket: frames may be longer than what a descriptor names
#define XDP_PKT_CONTD (1 << 0)  // of a descriptor: the frame goes on in the next one
#endif

#ifdef XDP_TXMD_FLAGS_TIMESTAMP  // Linux 6.8, as all below
#include <linux/netdev.h>
#else
#define XDP_TXMD_FLAGS_TIMESTAMP (1 << 0)
#define XDP_TX_METADATA (1 << 1)  // an option of a descriptor: metadata stands before the frame
#define NETDEV_FAMILY_NAME "netdev"
enum { NETDEV_CMD_DEV_GET = 1 };
enum { NETDEV_A_DEV_IFINDEX = 1, NETDEV_A_DEV_XSK_FEATURES = 6 };
enum { NETDEV_XSK_FLAGS_TX_TIMESTAMP = 1 };
#endif

namespace hopcost::pktgen {

/// struct xdp_umem_reg with its last member. In older headers, and for older kernels, that member is padding.
struct UmemRegistration {
  std::uint64_t addr, len;
  std::uint32_t chunk_size, headroom, flags, tx_metadata_len;
};
static_assert(sizeof(UmemRegistration) == sizeof(xdp_umem_reg));

/// struct xsk_tx_metadata. A request and the kernel's answer share the same bytes.
struct TxMetadata {
  std::uint64_t flags;
  std::uint64_t tx_timestamp;
  std::uint64_t launch_time;
};
inline constexpr std::uint32_t kTxMetadataBytes = sizeof(TxMetadata);
static_assert(kTxMetadataBytes == 24 && offsetof(TxMetadata, tx_timestamp) == 8);

}  // namespace hopcost::pktgen
