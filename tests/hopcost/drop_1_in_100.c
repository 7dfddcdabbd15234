// XDP: drops one frame in a hundred, whatever it carries. The helper's number is of linux/bpf.h (BPF_FUNC_get_prandom_u32).
struct xdp_md;

enum { kAborted, kDrop, kPass };

static unsigned int (*const random_u32)(void) = (unsigned int (*)(void))7;

__attribute__((section("xdp"), used)) int drop_1_in_100(struct xdp_md* context) {
  (void)context;
  return random_u32() % 100u == 0 ? kDrop : kPass;
}
