FOUNDATION=(rabbitmq epmd mysql memcached)

command_down() {
    local name services=() foundation=()
    if [ ! -d "$RUN" ]; then say "nothing runs from $DIR"; return; fi
    lock_state
    load_settings
    for name in $(daemons); do
        if [[ " ${FOUNDATION[*]} " == *" $name "* ]]; then foundation+=("$name"); else services+=("$name"); fi
    done
    # A service that is told to end may finish what it does; the database stays until it has.
    stop 8 "${services[@]}"
    stop 30 "${foundation[@]}"
    rm -f "$RUN/order"
    say "down"
}

command_stop() {
    [ $# = 1 ] || die "stop which? one of: $(daemons | tr '\n' ' ')"
    [ -d "$RUN" ] || die "nothing runs from $DIR"
    lock_state
    [ -f "$RUN/$1.pid" ] || die "no daemon $1 runs; these do: $(daemons | tr '\n' ' ')"
    stop 12 "$1"
    say "$1 stopped"
}

# Removes only what it knows, so that a wrong OAKTREE_OPENSTACK_DIR costs nothing.
command_clean() {
    local all=${1:-}
    [ -z "$all" ] || [ "$all" = --all ] || die "clean: what is $all?"
    if [ ! -d "$DIR" ]; then say "nothing in $DIR"; return; fi
    if [ -f "$DIR/settings" ]; then
        command_down
        rm -rf --one-file-system "$ETC" "$LOG" "$RUN" "$STAMP" "$TMP" "${DIR:?}"/{home,lock} \
            "${DIR:?}"/{mysql,mysql.new,migrating,rabbitmq,keystone,glance,swift,nova,neutron,cinder} \
            "${DIR:?}"/{clouds.yaml,settings,settings.new}
    fi
    if [ "$all" = --all ]; then
        rm -rf --one-file-system "$CACHE"
        rm -f "$DIR/.lock"
        rmdir "$DIR" || die "$DIR holds something that is not ours"
    fi
    say "clean"
}
