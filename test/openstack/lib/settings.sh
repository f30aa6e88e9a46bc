# Ports and the password. The environment decides at the first `up`; from then on
# the file "settings" in the state directory does, so that every later command
# finds the same OpenStack.

HOST=127.0.0.1
REGION=RegionOne
SECOND_REGION=RegionTwo

# One port a daemon that listens, by the daemon's name.
declare -A DEFAULT_PORT=(
    [keystone]=5000 [glance]=9292 [placement]=8778 [nova-api]=8774 [neutron]=9696 [cinder-api]=8776
    [swift-proxy]=8081 [swift-object]=6200 [swift-container]=6201 [swift-account]=6202
    [rabbitmq]=5672 [rabbitmq-distribution]=25672 [epmd]=4369 [memcached]=11211
)
declare -A PORT=()

# The name of the variable that sets a daemon's port.
port_variable() {
    local name=${1^^}
    echo "OAKTREE_OPENSTACK_PORT_${name//-/_}"
}

settings_from_environment() {
    local name variable offset=${OAKTREE_OPENSTACK_PORT_OFFSET:-0}
    [[ $offset =~ ^[0-9]+$ ]] || die "OAKTREE_OPENSTACK_PORT_OFFSET is not a number: $offset"
    for name in "${!DEFAULT_PORT[@]}"; do
        variable=$(port_variable "$name")
        PORT[$name]=${!variable:-$((DEFAULT_PORT[$name] + offset))}
        ((PORT[$name] > 0 && PORT[$name] < 65536)) || die "$name cannot have port ${PORT[$name]}"
    done
    PASSWORD=${OAKTREE_OPENSTACK_PASSWORD:-oaktree-test}
    DEBUG=${OAKTREE_OPENSTACK_DEBUG:-false}
    [[ $PASSWORD =~ ^[A-Za-z0-9._-]+$ ]] || die "OAKTREE_OPENSTACK_PASSWORD: only letters, digits and ._- (it stands in URLs)"
}

# The settings of this state directory, as text.
settings_text() {
    local name
    printf 'PASSWORD=%q\nDEBUG=%q\n' "$PASSWORD" "$DEBUG"
    for name in "${!PORT[@]}"; do printf 'PORT[%s]=%q\n' "$name" "${PORT[$name]}"; done | sort
}

# A variable that asks for something else than what runs is an error, not a wish to ignore.
settings_agree() (
    [ -f "$DIR/settings" ] || exit 0
    compgen -e | grep -qE '^OAKTREE_OPENSTACK_(PORT|PASSWORD|DEBUG)' || exit 0
    settings_from_environment
    settings_text | diff "$DIR/settings" - >&2 ||
        die "$DIR was made with other settings (<) than the environment asks for (>): clean it first, or choose another OAKTREE_OPENSTACK_DIR"
)

load_settings() {
    if [ -f "$DIR/settings" ]; then
        # shellcheck disable=SC1091
        . "$DIR/settings"
    else
        settings_from_environment
    fi
    AUTH_URL=http://$HOST:${PORT[keystone]}/v3
    RABBIT_URL=rabbit://openstack:$PASSWORD@$HOST:${PORT[rabbitmq]}/
    MYSQL_SOCKET=$RUN/mysql.sock
}

# Makes the state directory, and lets one command at a time change it.
lock_state() {
    mkdir -p "$DIR"
    chmod 700 "$DIR"
    exec 9>"$DIR/.lock"
    flock 9
}

# Creates the directories and remembers the settings.
prepare_state() {
    mkdir -p "$ETC" "$LOG" "$RUN" "$STAMP" "$TMP" "$CACHE" "$DIR/home" "$DIR/lock"
    settings_text >"$DIR/settings.new"
    mv "$DIR/settings.new" "$DIR/settings"
}

# once NAME COMMAND...: run one time in the life of this state directory.
once() {
    local stamp=$STAMP/$1
    shift
    [ -f "$stamp" ] || { "$@" && touch "$stamp"; }
}
