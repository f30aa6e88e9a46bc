# Placement: what the compute host has and what is taken.

placement_configure() {
    mkdir -p "$ETC/placement"
    cat >"$ETC/placement/placement.conf" <<TEXT
[DEFAULT]
debug = $DEBUG
[api]
auth_strategy = keystone
$(authtoken placement placement)
$(database_section placement placement_database)
TEXT
}

placement_migrate() { run_python placement.cmd.manage:main --config-file "$ETC/placement/placement.conf" db sync; }
placement_start() { start_uwsgi placement placement.wsgi:init_application 1 4; }
placement_ready() { wait_for_http placement; }
placement_catalog() { echo "placement placement placement http://$HOST:${PORT[placement]}"; }
