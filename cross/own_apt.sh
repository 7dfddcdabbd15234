# apt with lists, cache, state and sources of its own: the system's are not touched, and no privilege is needed. Sourced.

# own_apt DIR TYPE ARCHITECTURE: sets `own_apt`, the options that apt-get and apt-cache take for it. TYPE is deb or deb-src. It keeps all it has in
# DIR; to it, no package is installed.
own_apt() {
  local dir=$1
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/status"
  echo "$2 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" >"$dir/sources.list"
  own_apt=(-q -q -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State=$dir" -o "Dir::State::Lists=$dir/lists"
    -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root -o "APT::Architecture=$3"
    -o "APT::Architectures=$3")
}
