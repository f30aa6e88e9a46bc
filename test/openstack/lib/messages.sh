# What the user sees.

STARTED_AT=$EPOCHREALTIME

# A line of progress, with the seconds since the command began.
say() {
    local us=$(((${EPOCHREALTIME/[.,]/} - ${STARTED_AT/[.,]/}) / 100000))
    printf '[%3d.%d s] %s\n' $((us / 10)) $((us % 10)) "$*"
}

die() {
    printf 'openstack: %s\n' "$*" >&2
    exit 1
}

# fail NAME WHY: say which service failed, show the end of its log, and give up.
fail() {
    printf 'openstack: %s: %s\n' "$1" "$2" >&2
    if [ -s "$LOG/$1.log" ]; then
        printf '%s\n' "--- the last lines of $LOG/$1.log" >&2
        tail -n 30 "$LOG/$1.log" >&2
    fi
    exit 1
}
