# What the guests' scripts share; they source it.

say() { printf 'guest: %s\n' "$*" >&2; }

fail() {  # WORDS...: the guest can't run
  say "$*"
  exit 4
}

need_programs() {  # PROGRAM:PACKAGE...
  local program
  for program in "$@"; do
    command -v "${program%:*}" >/dev/null || fail "${program%:*} is missing: apt-get install ${program#*:}"
  done
}

# read_options "$@": sets `limit` (seconds), `taps`, and `model` (QEMU's, of NICs; empty: none was named); `rest` has what follows
# the options.
read_options() {
  limit=600
  taps=()
  model=
  while [[ ${1:-} = --timeout || ${1:-} = --tap || ${1:-} = --nic ]]; do
    [ $# -gt 1 ] || { say "$1 what?"; exit 2; }
    case $1 in
      --timeout) limit=$2 ;;
      --tap) taps+=("$2") ;;
      --nic) model=$2 ;;
    esac
    shift 2
  done
  rest=("$@")
}

# add_tap_nics MODEL: adds the options to `nics` for a NIC of QEMU's MODEL on each of `taps`, in their order, with the addresses
# 02:68:63:00:20:00, 02:68:63:00:20:01, ...
add_tap_nics() {
  local n
  for n in "${!taps[@]}"; do
    nics+=(-netdev "tap,id=tap$n,ifname=${taps[$n]},script=no,downscript=no" -device "$1,netdev=tap$n,mac=02:68:63:00:20:0$n")
  done
}

image_behind() {  # PACKAGE [OPTION OF APT...]: the kernel's package that this one depends on
  local package=$1
  shift
  apt-cache "$@" depends "$package" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1
}

modules_for() {  # ROOT VERSION MODULE...: the files of these modules and of those they need, in the order of loading
  local root=$1 version=$2
  shift 2
  modprobe -d "$root" -S "$version" --show-depends -a "$@" | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

pack_folder() {  # FOLDER: an initramfs of what is in it, to standard output
  (cd "$1" && find . | cpio --quiet -o -H newc -R 0:0)
}

is_newer() {  # FILE THAN...
  local file=$1 than
  shift
  [ -f "$file" ] || return 1
  for than in "$@"; do [ "$file" -nt "$than" ] || return 1; done
}
