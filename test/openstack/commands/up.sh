# From whatever state to a cloud that answers: only what is not alive is started.

SERVICES=(keystone glance placement nova neutron cinder swift)

all_alive() {
    local name
    for name in $(cat "$STAMP/up" 2>/dev/null || echo none); do alive "$name" || return; done
}

command_up() {
    local service missing
    lock_state
    load_settings
    settings_agree
    if all_alive; then say "up already; clouds: $DIR/clouds.yaml"; return; fi
    missing=$(packages_missing)
    [ -z "$missing" ] || die "missing packages (run: openstack install): ${missing//$'\n'/ }"
    prepare_state
    for service in rabbitmq "${SERVICES[@]}" world; do "${service}_configure"; done
    up_foundation
    up_services
    daemons >"$STAMP/up.new"
    mv "$STAMP/up.new" "$STAMP/up"
    say "up; clouds: $DIR/clouds.yaml"
}

up_foundation() {
    memcached_start
    rabbitmq_start
    database_start
}

# Two cores are busy all the while with Python's imports, so the order is that
# of need: the first time keystone and its catalogue, then everybody at once.
up_services() {
    local service identity
    keystone_start
    if [ ! -f "$STAMP/identity" ]; then
        keystone_ready
        once identity world_identity &
        identity=$!
    fi
    placement_start
    wait_for_tcp rabbitmq
    nova_start
    neutron_start
    glance_start
    cinder_start
    keystone_ready
    placement_ready
    if [ -n "${identity:-}" ]; then
        wait "$identity" || fail world-identity "cannot make users and endpoints"
        say "users and endpoints made"
    fi
    nova_workers_start
    swift_start
    for service in "${SERVICES[@]}"; do "${service}_ready"; done
    say "every API answers"
    once resources world_resources || fail world-resources "cannot make networks, flavors, image, volume type"
    rpc_ready 180
}
