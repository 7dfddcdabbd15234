#!/bin/sh
# compile.sh CLANG BPFTOOL SOURCE.bpf.c HEADER DEPFILE FLAG...: compiles a BPF program in C and makes a header from it (bpftool's
# skeleton).
set -eu
clang=$1 bpftool=$2 source=$3 header=$4 depfile=$5
shift 5
name=$(basename "$source" .bpf.c)
object=${header%.h}.o
"$clang" -O2 -g -Wall -Werror -target bpf -mcpu=v3 "$@" -MD -MF "$depfile" -MT "$header" -c "$source" -o "$object"
"$bpftool" gen skeleton "$object" name "${name}_bpf" >"$header"
