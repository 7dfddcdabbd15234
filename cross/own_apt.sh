# apt with lists, cache, state and sources of its own. The system's are left alone, and no privilege is needed. To be sourced.

# own_apt DIR TYPE ARCHITECTURE: sets `own_apt`, the options for apt-get and apt-cache. TYPE is deb or deb-src. All is kept in
# DIR. This apt sees no package as installed.
own_apt() {
  local dir=$1
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/status"
  echo "$2 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" >"$dir/sources.list"
  own_apt=(-q -q -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State=$dir" -o "Dir::State::Lists=$dir/lists"
    -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root -o "APT::Architecture=$3"
    -o "APT::Architectures=$3")
}
