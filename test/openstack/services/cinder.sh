# Cinder, with one backend whose volumes are sparse files (drivers/oaktree_openstack/volume.py).

cinder_configure() {
    mkdir -p "$ETC/cinder" "$DIR"/cinder/{volumes,conversion,coordination}
    cat >"$ETC/cinder/cinder.conf" <<TEXT
[DEFAULT]
debug = $DEBUG
host = loopback
my_ip = $HOST
state_path = $DIR/cinder
transport_url = $RABBIT_URL
rpc_ping_enabled = true
rpc_response_timeout = 180
service_down_time = 600
auth_strategy = keystone
osapi_volume_listen = $HOST
api_paste_config = $HERE/paste/cinder-api.ini
enabled_backends = files
default_volume_type = files
glance_api_servers = http://$HOST:${PORT[glance]}
image_conversion_dir = $DIR/cinder/conversion
resource_query_filters_file = $ETC/cinder/resource_filters.json
volume_clear = none
allow_availability_zone_fallback = true
[files]
volume_driver = oaktree_openstack.volume.FileVolumeDriver
volume_backend_name = files
file_volume_dir = $DIR/cinder/volumes
[nova]
interface = internal
$(credentials nova)
[service_user]
send_service_user_token = true
$(credentials cinder)
[coordination]
backend_url = file://$DIR/cinder/coordination
$(policy)
$(authtoken cinder volumev3)
$(database_section cinder)
# No notifications: Debian's oslo.messaging strips the context, which this
# cinder cannot read back, and every request would be a 500.
$(messaging noop)
TEXT
    cat >"$ETC/cinder/resource_filters.json" <<'TEXT'
{
  "volume": ["name", "status", "metadata", "bootable", "migration_status", "availability_zone", "group_id", "size", "created_at", "updated_at"],
  "backup": ["name", "status", "volume_id"],
  "snapshot": ["name", "status", "volume_id", "metadata", "availability_zone"],
  "group": [],
  "group_snapshot": ["status", "group_id"],
  "attachment": ["volume_id", "status", "instance_id", "attach_status"],
  "message": ["resource_uuid", "resource_type", "event_id", "request_id", "message_level"],
  "pool": ["name", "volume_type"],
  "volume_type": ["is_public"]
}
TEXT
}

cinder_migrate() { run_python cinder.cmd.manage:main --config-file "$ETC/cinder/cinder.conf" db sync; }

cinder_start() {
    local part
    start_uwsgi cinder-api cinder.wsgi.wsgi:initialize_application 1 4 --pyargv "--config-file $ETC/cinder/cinder.conf"
    for part in volume scheduler; do
        start_python "cinder-$part" "cinder.cmd.$part:main" --config-file "$ETC/cinder/cinder.conf"
    done
}
cinder_ready() { wait_for_http cinder-api; }
cinder_catalog() { echo "volumev3 cinderv3 cinder http://$HOST:${PORT[cinder-api]}/v3/%(project_id)s"; }
# cinder leaves the exchange at oslo.messaging's default.
cinder_rpc() {
    echo "cinder-scheduler openstack cinder-scheduler -"
    echo "cinder-volume openstack cinder-volume.loopback@files loopback"
}
