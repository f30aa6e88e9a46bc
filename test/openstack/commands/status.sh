# The memory of a session in MiB: PSS, that is, shared pages counted once.
session_memory() {
    local member
    for member in $(session_of "$1"); do grep -s '^Pss:' "/proc/$member/smaps_rollup" || true; done |
        awk '{kib += $2} END {printf "%.1f", kib / 1024}'
}

# Fails unless everything runs.
command_status() {
    local name names bad=0
    [ -f "$RUN/order" ] || die "nothing runs from $DIR"
    load_settings
    printf '%-18s %8s %6s %10s\n' daemon pid port MiB
    mapfile -t names < <(awk '!seen[$0]++' "$RUN/order")
    for name in "${names[@]}"; do
        if alive "$name"; then
            printf '%-18s %8s %6s %10s\n' "$name" "$(cut -d' ' -f1 "$RUN/$name.pid")" "${PORT[$name]:--}" "$(session_memory "$name")"
        elif [ ! -f "$RUN/$name.pid" ]; then
            printf '%-18s %8s\n' "$name" stopped
            bad=1
        else
            printf '%-18s %8s  (log: %s)\n' "$name" DEAD "$LOG/$name.log"
            bad=1
        fi
    done
    return $bad
}
