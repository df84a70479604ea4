# How programs that are missing come from Debian's packages. Read by scripts/services.

# apt_install WHAT PACKAGE…: installs packages; for those that start no service.
apt_install() {
  local what=$1 log=$cache/$1-install.log
  shift
  command -v apt-get >/dev/null || die "$what is missing, and this is no Debian: install $*"
  [ "$(id -u)" = 0 ] || die "$what is missing: run \`sudo apt-get install --no-install-recommends $*\`"
  local install=(apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  { "${install[@]}" || { apt-get -o DPkg::Lock::Timeout=300 update && "${install[@]}"; }; } >"$log" 2>&1 </dev/null ||
    die "cannot install $what: $(grep '^E:' "$log" | tail -n 2 | tr '\n' ' ')(all of it: $log)"
}

# apt_unpack WHAT PACKAGE [OPTION…]: unpacks a package, and what it needs, below $cache/WHAT, and installs nothing.
# Of the machine's apt it reads the sources, the keys and, unless an option says something else, what is installed;
# lists and downloads go to an apt of our own. What is unpacked is complete when it has the file `.complete`.
apt_unpack() {
  local what=$1 package=$2 root=$cache/$1 apt=$cache/$1-apt log=$cache/$1-install.log deb
  shift 2
  [ ! -e "$root/.complete" ] || return 0
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || die "$what is missing, and this is no Debian"
  rm -rf "$root"
  mkdir -p "$apt"/{state/lists/partial,cache/archives/partial} "$root"
  local options=(-o Dir::State="$apt/state" -o Dir::Cache="$apt/cache" -o Dir::State::status=/var/lib/dpkg/status
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3
    -o APT::Architectures="$(dpkg --print-architecture)" "$@")
  # Who installs nothing needs no right to lock anything.
  options+=(-o Debug::NoLocking=true)
  { apt-get "${options[@]}" update &&
    apt-get "${options[@]}" install -y --download-only --no-install-recommends "$package"; } >"$log" 2>&1 </dev/null ||
    die "cannot fetch $what: $(grep '^E:' "$log" | tail -n 2 | tr '\n' ' ')(all of it: $log)"
  for deb in "$apt"/cache/archives/*.deb; do
    dpkg -x "$deb" "$root" || die "cannot unpack $deb"
  done
  rm -rf "$apt"
  touch "$root/.complete"
}
