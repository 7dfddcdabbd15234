// XDP: drops each probe whose sequence is 99 modulo 100, in frames of 60 bytes (the probe is their end). No
// state, so that what is planted is known beforehand. struct xdp_md as in linux/bpf.h, its first two members.
struct xdp_md {
  unsigned int data;
  unsigned int data_end;
};

enum { kAborted, kDrop, kPass };

__attribute__((section("xdp"), used)) int drop_each_100th(struct xdp_md* context) {
  const unsigned char* frame = (const unsigned char*)(unsigned long)context->data;
  const unsigned char* end = (const unsigned char*)(unsigned long)context->data_end;
  if (frame + 60 > end) return kPass;
  if (frame[42] != 0x4c || frame[43] != 0x71) return kPass;
  const unsigned int sequence = (unsigned int)frame[48] << 24 | (unsigned int)frame[49] << 16 |
                                (unsigned int)frame[50] << 8 | frame[51];
  if (sequence % 100u == 99u) return kDrop;
  return kPass;
}
