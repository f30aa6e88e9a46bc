# Waiting: ask until there is an answer, and give up at once when the daemon died.

# wait_for NAME SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local name=$1 seconds=$2 deadline=$((SECONDS + $2))
    shift 2
    until "$@"; do
        alive "$name" || fail "$name" "it ended while starting"
        ((SECONDS < deadline)) || fail "$name" "no answer after $seconds s"
        sleep 0.05
    done
    # The answer may be a stranger's that took the port.
    alive "$name" || fail "$name" "it ended while starting"
}

answers_http() {
    local code
    code=$(curl -s -m 10 -o /dev/null -w '%{http_code}' "$1") || return 1
    [ "$code" -lt 500 ]
}

# wait_for_http NAME [PATH]
wait_for_http() {
    wait_for "$1" 300 answers_http "http://$HOST:${PORT[$1]}${2:-/}"
}

answers_tcp() {
    (exec 3<>"/dev/tcp/$HOST/$1") 2>/dev/null
}

wait_for_tcp() {
    wait_for "$1" 180 answers_tcp "${PORT[$1]}"
}
