# Whether the daemons that only speak RPC are there.

# rpc_ready SECONDS: all of them answer a ping.
rpc_ready() {
    local seconds=$1 servers name pinger
    servers=$(nova_rpc; cinder_rpc)
    python "$HERE/lib/ping.py" "$RABBIT_URL" "$seconds" <<<"$servers" >"$TMP/silent" 2>"$LOG/ping.log" &
    pinger=$!
    while kill -0 $pinger 2>/dev/null; do
        while read -r name _; do
            if ! alive "$name"; then
                kill $pinger
                fail "$name" "it ended while starting"
            fi
        done <<<"$servers"
        sleep 0.1
    done
    wait $pinger && return
    name=$(<"$TMP/silent")
    [ -n "$name" ] || fail ping "cannot ask"
    fail "$name" "no answer through RabbitMQ within $seconds s"
}
