# A Kafka broker: one node that is its own controller (KRaft). Read by scripts/services.
# It listens twice: in plain text without a password, and at `secure_port` with TLS (SASL_SSL) and user and password.

# The jars, by what asks for them.
kafka_jars() { echo "$cache/kafka-$(cksum <"$parts/pom.xml" | cut -d' ' -f1)"; }

need_kafka() {
  command -v java >/dev/null && command -v keytool >/dev/null || apt_install java default-jre-headless
  local jars log=$cache/kafka-install.log
  jars=$(kafka_jars)
  [ ! -d "$jars" ] || return 0
  command -v mvn >/dev/null || apt_install maven maven default-jre-headless
  rm -rf "$jars.part"
  mvn -B -f "$parts/pom.xml" -Dmaven.repo.local="$cache/maven" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$jars.part" >"$log" 2>&1 </dev/null ||
    die "cannot fetch Kafka: $(grep '^\[ERROR\]' "$log" | head -n 1) (all of it: $log)"
  rm -rf "$cache/maven"
  mv "$jars.part" "$jars"
}

# Small and quick to start, not fast.
kafka_java() { printf '%s\n' java -Xmx320m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$(kafka_jars)/*"; }

prepare_kafka() {
  local at=$1 password java
  password=$(cat "$at/password")
  mapfile -t java < <(kafka_java)
  free_port >"$at/controller-port"
  free_port >"$at/secure-port"
  keytool -genkeypair -alias broker -keyalg EC -dname CN=127.0.0.1 -ext SAN=IP:127.0.0.1 -validity 3650 \
    -storetype PKCS12 -keystore "$at/keystore.p12" -storepass "$password" >"$at/log" 2>&1 &&
    keytool -exportcert -rfc -alias broker -keystore "$at/keystore.p12" -storepass "$password" \
      -file "$at/ca.pem" >>"$at/log" 2>&1 &&
    kafka_properties "$at" >"$at/server.properties" &&
    "${java[@]}" kafka.tools.StorageTool format -t "$("${java[@]}" kafka.tools.StorageTool random-uuid 2>/dev/null)" \
      -c "$at/server.properties" >>"$at/log" 2>&1
}

# Topics are not made by asking for them: one that is missing is to be told.
kafka_properties() {
  local at=$1 port secure controller password login=org.apache.kafka.common.security.plain.PlainLoginModule
  port=$(cat "$at/port") secure=$(cat "$at/secure-port") controller=$(cat "$at/controller-port") password=$(cat "$at/password")
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,SASL_SSL://127.0.0.1:$secure,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_SSL://127.0.0.1:$secure
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=$login required user_tripline="$password";
ssl.keystore.type=PKCS12
ssl.keystore.location=$at/keystore.p12
ssl.keystore.password=$password
ssl.key.password=$password
log.dirs=$at/data
auto.create.topics.enable=false
message.max.bytes=8400000
replica.fetch.max.bytes=8400000
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=2000000
PROPERTIES
}

command_kafka() {
  # Its port may be another one than when the file was written.
  kafka_properties "$1" >"$1/server.properties"
  mapfile -t server < <(kafka_java)
  server+=(kafka.Kafka "$1/server.properties")
}

answers_kafka() { grep -qF 'Kafka Server started' "$1/log"; }

begin_kafka() { :; }

facts_kafka() {
  printf '"url":"127.0.0.1:%s","secure_port":%s,"ca":"%s"' "$(cat "$1/port")" "$(cat "$1/secure-port")" "$1/ca.pem"
}
