// XDP: drops each hundredth frame, whatever it carries. Counted, not drawn: of a thousand frames exactly ten
// go.
struct xdp_md;

enum { kDrop = 1, kPass = 2 };

static unsigned long long seen;

__attribute__((section("xdp"), used)) int drop_1_in_100(struct xdp_md* context) {
  (void)context;
  return (__sync_fetch_and_add(&seen, 1) + 1) % 100 == 0 ? kDrop : kPass;
}
