#!/usr/bin/env bash
# deps.sh TRIPLET DIR SOURCES: provides a cross build with the libraries that Debian only has for this machine's architecture.
# Headers are linked for each library, so that the build sees nothing else of /usr/include. fmt, zlib and GoogleTest are built
# from Debian's sources. DIR gets include/, lib/, pkgconfig/ and deps.ini. SOURCES keeps what was fetched, for all architectures.
set -euo pipefail
triplet=$1 dir=$2 sources=$3
. "$(dirname "$0")/own_apt.sh"

# Writes a pkg-config file with only what linking needs, so that Meson finds the library as usual.
describe() { # NAME VERSION CFLAGS LIBS
  printf 'Name: %s\nDescription: for cross builds\nVersion: %s\nCflags: %s\nLibs: %s\n' "$1" "$2" "$3" "$4" >"$dir/pkgconfig/$1.pc"
}

version_of() { dpkg-query -W -f '${Version}' "$1" | sed 's/^[0-9]*://; s/[-+].*//'; }

fetch_sources() {
  [ -d "$sources/fmtlib" ] && [ -d "$sources/zlib" ] && return
  local apt=$sources/apt name
  own_apt "$apt" deb-src "$(dpkg --print-architecture)"
  (cd "$apt" && apt-get "${own_apt[@]}" update && apt-get "${own_apt[@]}" source --download-only fmtlib zlib) >"$apt/log" 2>&1 ||
    { cat "$apt/log" >&2; echo "cross: the sources of fmtlib and zlib can't be had from deb.debian.org" >&2; exit 4; }
  for name in fmtlib zlib; do
    mkdir -p "$sources/$name"
    tar -xf "$apt/$name"_*.orig.tar.* -C "$sources/$name" --strip-components=1
  done
  rm -rf "$apt"
}

build_fmt() {
  "$triplet-g++" -Os -ffunction-sections -fdata-sections -std=c++17 -I "$dir/include" -c "$sources/fmtlib/src/format.cc" \
    -o "$dir/objects/format.o"
  "$triplet-ar" rcs "$dir/lib/libfmt.a" "$dir/objects/format.o"
  describe fmt "$(version_of libfmt-dev)" "" -lfmt
}

build_zlib() {
  local objects=() file
  for file in adler32 compress crc32 deflate inffast inflate inftrees trees uncompr zutil; do
    "$triplet-gcc" -O2 -ffunction-sections -DHAVE_UNISTD_H -c "$sources/zlib/$file.c" -o "$dir/objects/$file.o"
    objects+=("$dir/objects/$file.o")
  done
  "$triplet-ar" rcs "$dir/lib/libz.a" "${objects[@]}"
  ln -sfn "$sources"/zlib/{zlib,zconf}.h "$dir/include"
  describe zlib 1.2.13 "" -lz
}

build_gtest() {
  local from=/usr/src/googletest/googletest
  "$triplet-g++" -O1 -std=c++17 -I "$from" -I "$from/include" -c "$from/src/gtest-all.cc" -o "$dir/objects/gtest.o"
  "$triplet-ar" rcs "$dir/lib/libgtest.a" "$dir/objects/gtest.o"
  ln -sfn "$from/include/gtest" "$dir/include/gtest"
  describe gtest "$(version_of libgtest-dev)" "" "-lgtest -pthread"
}

[ -f "$dir/deps.ini" ] && exit
mkdir -p "$dir/include" "$dir/lib" "$dir/pkgconfig" "$dir/objects" "$sources"
for header in fmt nlohmann CLI toml++; do
  ln -sfn "/usr/include/$header" "$dir/include/$header"
done
describe nlohmann_json "$(version_of nlohmann-json3-dev)" "" ""
describe CLI11 "$(version_of libcli11-dev)" "" ""
describe tomlplusplus "$(version_of libtomlplusplus-dev)" "" ""
fetch_sources
build_fmt
build_zlib
build_gtest
printf "[constants]\ndeps = '%s'\n" "$dir" >"$dir/deps.ini"
