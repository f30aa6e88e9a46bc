command_install() {
    local missing log
    missing=$(packages_missing)
    if [ -z "$missing" ]; then say "every package is installed"; return; fi
    [ "$(id -u)" = 0 ] || die "only root can install packages; missing: ${missing//$'\n'/ }"
    grep -q '^VERSION_ID="12"' /etc/os-release || die "this is for Debian 12 (bookworm)"
    say "installing ${missing//$'\n'/ } and what they need"
    log=$(mktemp)
    trap policy_restore EXIT
    policy_deny
    # Indexes that are there are tried first: fetching them again is often the slower half.
    # shellcheck disable=SC2086
    if ! apt_get install --no-install-recommends $missing >"$log" 2>&1; then
        { apt_get update && apt_get install --no-install-recommends $missing; } >"$log" 2>&1 ||
            { tail -n 30 "$log" >&2; die "apt-get failed (the whole of it: $log)"; }
    fi
    policy_restore
    trap - EXIT
    rm -f "$log"
    say "installed"
}
