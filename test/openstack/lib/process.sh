# Daemons. Each runs in a session of its own, with a clean environment and the
# state directory's tmp as working directory. Its pid file holds the pid and
# the start time of the process, so that a pid which the kernel gave to
# somebody else is never taken for ours. Nothing is ever stopped by name.

# The start time of a process in clock ticks since boot; nothing if there is no such process.
start_time() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    [ "$1" = Z ] || echo "${20}"
}

alive() {
    local pid started
    { read -r pid started <"$RUN/$1.pid"; } 2>/dev/null || return 1
    [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ]
}

# The processes of the session that daemon NAME leads or, when it died, led.
session_of() {
    local pid started member
    { read -r pid started <"$RUN/$1.pid"; } 2>/dev/null || return 0
    # Another process has the pid: then the kernel saw that nothing of our session was left.
    if [ -e "/proc/$pid" ] && ! alive "$1" && [ -n "$(start_time "$pid")" ]; then return 0; fi
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk -v sid="$pid" '{pid = $1; sub(/.*\) /, ""); if ($4 == sid && $1 != "Z") print pid}' |
        while read -r member; do
            # Of a dead leader's session, only what works in our directory.
            if alive "$1" || [ "$(readlink "/proc/$member/cwd")" = "$TMP" ]; then echo "$member"; fi
        done || true
}

# start NAME COMMAND...: unless it runs already.
start() {
    local name=$1 port=${PORT[$1]:-}
    shift
    alive "$name" && return
    stop_now "$name" # what a killed leader left behind
    if [ -n "$port" ] && (exec 3<>"/dev/tcp/$HOST/$port") 2>/dev/null; then
        die "$name cannot start: port $port of $HOST is taken (set $(port_variable "$name") or OAKTREE_OPENSTACK_PORT_OFFSET)"
    fi
    [ ! -f "$LOG/$name.log" ] || mv "$LOG/$name.log" "$LOG/$name.log.1"
    (
        cd "$TMP" || exit
        exec setsid "${CLEAN_ENV[@]}" "$@"
    ) </dev/null >"$LOG/$name.log" 2>&1 9>&- &
    echo "$! $(start_time $!)" >"$RUN/$name.pid"
    echo "$name" >>"$RUN/order"
    disown $!
}

# Asks daemon NAME to end.
stop_begin() {
    local pid started
    alive "$1" || return 0
    read -r pid started <"$RUN/$1.pid"
    kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true
}

# Kills what is left of daemon NAME, and forgets it.
stop_now() {
    local members
    [ -f "$RUN/$1.pid" ] || return 0
    members=$(session_of "$1")
    # shellcheck disable=SC2086
    [ -z "$members" ] || kill -KILL $members 2>/dev/null || true
    while [ -n "$(session_of "$1")" ]; do sleep 0.02; done
    rm -f "$RUN/$1.pid"
}

# stop SECONDS NAME...: ask all, wait for all, kill what does not end.
stop() {
    local seconds=$1 name deadline
    shift
    for name in "$@"; do stop_begin "$name"; done
    deadline=$((SECONDS + seconds))
    for name in "$@"; do
        while alive "$name" && ((SECONDS < deadline)); do sleep 0.05; done
        stop_now "$name"
    done
}

# The daemons that have a pid file, in the order in which they were started.
daemons() {
    local name
    [ -f "$RUN/order" ] || return 0
    awk '!seen[$0]++' "$RUN/order" | while read -r name; do
        if [ -f "$RUN/$name.pid" ]; then echo "$name"; fi
    done
}
