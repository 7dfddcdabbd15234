#!/bin/sh
# run.sh FUZZER CORPUS SECONDS: fuzzes from the kept corpus on. What is new is not kept; what fails is, and where is printed.
set -eu
new=$(mktemp -d)
if "$1" -max_total_time="$3" -max_len=4096 -timeout=5 -rss_limit_mb=512 -print_final_stats=1 -artifact_prefix="$new/" "$new" "$2" 2>"$new/log"; then
  grep -E 'stat::number_of_executed_units|stat::new_units_added' "$new/log"
  rm -rf "$new"
else
  tail -n 60 "$new/log"
  echo "the input that failed is in $new"
  exit 1
fi
