# MariaDB and MySQL. Read by scripts/services.

have_mariadb() { PATH=$PATH:/usr/sbin command -v mariadbd mariadb mariadb-install-db >/dev/null; }

# The plain client comes with MariaDB, and speaks to both.
need_mariadb() { have_mariadb || apt_install mariadb mariadb-server-core mariadb-client-core; }

need_mysql() {
  need_mariadb
  [ -e "$cache/mysql/.complete" ] && return
  local codename mirror apt=$cache/mysql-apt key=/usr/share/keyrings/debian-archive-keyring.gpg
  codename=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")
  mirror=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$codename" '$1 == release && $2 == "main" && !uri { uri = $3 } END { print uri }')
  [ -n "$mirror" ] || die "MySQL is missing, and the apt sources of this machine name no Debian mirror"
  rm -rf "$apt"
  mkdir -p "$apt"
  # Another suite than the machine's, so nothing of the machine's fits.
  : >"$apt/status"
  echo "deb [signed-by=$key] $mirror sid main" >"$apt/sources.list"
  apt_unpack mysql mysql-server-core -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::status="$apt/status"
}

# The command of mysqld, with its own C library: that of the machine may be older.
mysql_command() {
  local root=$cache/mysql library
  library=$(dirname "$(find "$root/usr/lib" -name 'ld-linux*.so.*' | head -n 1)")
  printf '%s\n' "$(find "$library" -maxdepth 1 -name 'ld-linux*.so.*' | head -n 1)" --library-path "$library" \
    "$root/usr/sbin/mysqld" --no-defaults --basedir="$root/usr" \
    --lc-messages-dir="$root/usr/share/mysql" --plugin-dir="$root/usr/lib/mysql/plugin" \
    --secure-file-priv=NULL
}

root_sql() { mariadb --no-defaults --default-character-set=utf8mb4 -uroot -S "$1/socket" 2>&1; }

# Servers that share a folder for temporary tables delete those of each other when they start.
own_tmp() { mkdir -p "$1/tmp"; }

prepare_mariadb() {
  own_tmp "$1"
  TMPDIR=$1/tmp PATH=$PATH:/usr/sbin mariadb-install-db --no-defaults "${as_user[@]}" --datadir="$1/data" \
    --auth-root-authentication-method=normal --skip-test-db >"$1/log" 2>&1
}

prepare_mysql() {
  local command
  own_tmp "$1"
  mapfile -t command < <(mysql_command)
  "${command[@]}" "${as_user[@]}" --datadir="$1/data" --tmpdir="$1/tmp" --initialize-insecure >"$1/log" 2>&1
}

sql_command() {
  own_tmp "$1"
  server+=("${as_user[@]}" --datadir="$1/data" --tmpdir="$1/tmp" --socket="$1/socket" --port="$(cat "$1/port")" --bind-address=127.0.0.1
    --pid-file="$1/server-pid" --skip-name-resolve --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=64M
    --default-time-zone=+08:00)
}

command_mariadb() {
  server=(env PATH="$PATH:/usr/sbin" mariadbd --no-defaults --character-set-server=utf8mb4)
  sql_command "$1"
}

command_mysql() {
  mapfile -t server < <(mysql_command)
  server+=(--mysqlx=OFF --disable-log-bin --performance-schema=OFF)
  sql_command "$1"
}

answers_mariadb() { [ -S "$1/socket" ] && echo 'select 1' | root_sql "$1" >/dev/null; }
answers_mysql() { answers_mariadb "$1"; }

sql_user() {
  local at=$1
  root_sql "$at" <<SQL || die "cannot create a user"
CREATE USER 'tripline'@'127.0.0.1' IDENTIFIED BY '$(cat "$at/password")';
GRANT ALL ON *.* TO 'tripline'@'127.0.0.1' WITH GRANT OPTION;
SQL
  (umask 077; printf '[client]\nhost=127.0.0.1\nport=%s\nuser=tripline\npassword=%s\ndefault-character-set=utf8mb4\n%s' \
    "$(cat "$at/port")" "$(cat "$at/password")" "$2" >"$at/client.cnf")
}

begin_mariadb() { sql_user "$1" ''; }
# MySQL takes a password only over TLS; its certificate is its own.
begin_mysql() { sql_user "$1" $'ssl\nssl-verify-server-cert=0\n'; }

facts_mariadb() {
  printf '"socket":"%s","url":"mysql://tripline@127.0.0.1:%s","client":["mariadb","--defaults-file=%s"]' \
    "$1/socket" "$(cat "$1/port")" "$1/client.cnf"
}
facts_mysql() { facts_mariadb "$1"; }
