// A program that does nothing, for what an emulator holds in memory by itself: it says so and waits for the
// end of its input.
#include <stdio.h>

int main(void) {
  puts("idle");
  fflush(stdout);
  return getchar() != EOF;
}
