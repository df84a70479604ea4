# RabbitMQ. Read by scripts/services.
# It is unpacked and not installed: the package would start it as a service of the system.

rabbitmq_script() {
  local scripts
  scripts=("$cache/rabbitmq"/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server
    /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server)
  for script in "${scripts[@]}"; do [ ! -e "$script" ] || { echo "$script"; return; }; done
  return 1
}

need_rabbitmq() {
  rabbitmq_script >/dev/null && return
  apt_unpack rabbitmq rabbitmq-server
  # It takes Erlang to be where the package puts it.
  local erlang=$cache/rabbitmq/usr/lib/erlang
  [ ! -e "$erlang/bin/erl" ] || sed -i "s#ROOTDIR=/usr/lib/erlang#ROOTDIR='$erlang'#" "$erlang/bin/erl"
}

rabbitmq_path() { echo "$cache/rabbitmq/usr/lib/erlang/bin:$(echo "$cache"/rabbitmq/usr/lib/erlang/erts-*/bin):$PATH"; }

prepare_rabbitmq() {
  local at=$1
  free_port >"$at/epmd-port"
  free_port >"$at/dist-port"
  echo '[].' >"$at/enabled_plugins"
  : >"$at/log"
}

# The environment of RabbitMQ and of the name server that comes with Erlang.
rabbitmq_environment() {
  printf '%s\n' HOME="$1/" PATH="$(rabbitmq_path)" ERL_EPMD_PORT="$(cat "$1/epmd-port")" ERL_EPMD_ADDRESS=127.0.0.1
}

command_rabbitmq() {
  local at=$1 environment
  mapfile -t environment < <(rabbitmq_environment "$at")
  if ! runs "$at/epmd-pid" "$at"; then
    setsid env "${environment[@]}" epmd >>"$at/epmd-log" 2>&1 </dev/null 9>&- &
    echo $! >"$at/epmd-pid"
    disown
  fi
  (umask 077; printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$(cat "$at/port")" 'default_user = tripline' \
    "default_pass = $(cat "$at/password")" 'disk_free_limit.absolute = 10MB' 'log.console = true' 'log.file = false' \
    >"$at/rabbitmq.conf")
  # Otherwise the script stays as the parent of the server, whose id we want.
  server=(env "${environment[@]}" RUNNING_UNDER_SYSTEMD=1 RABBITMQ_NODENAME=tripline@localhost
    RABBITMQ_DIST_PORT="$(cat "$at/dist-port")" RABBITMQ_CONFIG_FILE="$at/rabbitmq.conf"
    RABBITMQ_CONF_ENV_FILE="$at/none" RABBITMQ_ADVANCED_CONFIG_FILE="$at/none.config" RABBITMQ_LOGS=-
    RABBITMQ_MNESIA_BASE="$at/data" RABBITMQ_LOG_BASE="$at" RABBITMQ_ENABLED_PLUGINS_FILE="$at/enabled_plugins"
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 1:1 +A 8 +sbwt none' "$(rabbitmq_script)")
}

answers_rabbitmq() { grep -qF 'Server startup complete' "$1/log"; }

begin_rabbitmq() { :; }

# The name server goes with it.
end_rabbitmq() { halt_pid "$1/epmd-pid" "$1" TERM; }

facts_rabbitmq() { printf '"url":"amqp://tripline@127.0.0.1:%s/%%2f"' "$(cat "$1/port")"; }
