// The main() of every bench program.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
