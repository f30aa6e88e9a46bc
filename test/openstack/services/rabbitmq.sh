# RabbitMQ, for the calls between the parts of nova, neutron and cinder, and for
# notifications. Everything listens on loopback, which takes some doing.

rabbitmq_configure() {
    mkdir -p "$ETC/rabbitmq" "$DIR/rabbitmq"
    cat >"$ETC/rabbitmq/rabbitmq.conf" <<TEXT
listeners.tcp.1 = $HOST:${PORT[rabbitmq]}
load_definitions = $ETC/rabbitmq/definitions.json
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 100MB
vm_memory_high_watermark.absolute = 1GB
heartbeat = 0
TEXT
    : >"$ETC/rabbitmq/environment"
    echo '[].' >"$ETC/rabbitmq/plugins"
    rabbitmq_definitions >"$ETC/rabbitmq/definitions.json"
}

# One user; and a bound on the notification queues, which nobody may be reading.
rabbitmq_definitions() {
    local hash
    # RabbitMQ's own scheme: base64(salt + sha256(salt + password)), with a salt of four bytes
    hash=$(/usr/bin/python3 -c 'if 1:
        import base64, hashlib, sys
        salt = b"oaks"
        print(base64.b64encode(salt + hashlib.sha256(salt + sys.argv[1].encode()).digest()).decode())' "$PASSWORD")
    cat <<TEXT
{
  "users": [{"name": "openstack", "password_hash": "$hash", "limits": {},
    "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"]}],
  "vhosts": [{"name": "/"}],
  "permissions": [{"user": "openstack", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
  "policies": [{"vhost": "/", "name": "notifications", "pattern": "^(versioned_)?notifications\\\\.",
    "apply-to": "queues", "priority": 0, "definition": {"message-ttl": 3600000, "max-length": 20000}}]
}
TEXT
}

rabbitmq_start() {
    # RabbitMQ would start an epmd on 0.0.0.0, and one with -address adds [::1].
    # Only a socket that is handed over in systemd's way is left as it is.
    start epmd /usr/bin/python3 "$HERE/lib/epmd.py" "$HOST" "${PORT[epmd]}"
    wait_for_tcp epmd
    # RUNNING_UNDER_SYSTEMD makes the start script exec the server, so that its pid is the one we know.
    start rabbitmq env RUNNING_UNDER_SYSTEMD=true HOME="$DIR/rabbitmq" \
        ERL_EPMD_PORT="${PORT[epmd]}" ERL_EPMD_ADDRESS="$HOST" \
        RABBITMQ_CONF_ENV_FILE="$ETC/rabbitmq/environment" RABBITMQ_CONFIG_FILE="$ETC/rabbitmq/rabbitmq" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$ETC/rabbitmq/plugins" RABBITMQ_NODENAME=oaktree@localhost \
        RABBITMQ_MNESIA_BASE="$DIR/rabbitmq/mnesia" RABBITMQ_LOG_BASE="$LOG" RABBITMQ_LOGS=- \
        RABBITMQ_PID_FILE="$RUN/rabbitmq.own" RABBITMQ_DIST_PORT="${PORT[rabbitmq-distribution]}" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}" \
        /usr/lib/rabbitmq/bin/rabbitmq-server
}
