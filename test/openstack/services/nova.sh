# Nova, on one compute host whose hypervisor is drivers/nova_virt/loopback.py.

COMPUTE_HOST=loopback-1

nova_configure() {
    mkdir -p "$ETC/nova" "$DIR/nova"
    cat >"$ETC/nova/nova.conf" <<TEXT
[DEFAULT]
debug = $DEBUG
host = $COMPUTE_HOST
my_ip = $HOST
state_path = $DIR/nova
transport_url = $RABBIT_URL
rpc_ping_enabled = true
rpc_response_timeout = 180
compute_driver = loopback.LoopbackDriver
osapi_compute_listen = $HOST
metadata_listen = $HOST
instance_name_template = instance-%08x
resume_guests_state_on_host_boot = false
# resizing needs it on a single host
allow_resize_to_same_host = true
sync_power_state_interval = -1
running_deleted_instance_action = log
service_down_time = 600
# no agent plugs anything, so no event comes
vif_plugging_is_fatal = false
vif_plugging_timeout = 0
initial_cpu_allocation_ratio = 1.0
[api]
auth_strategy = keystone
$(database_section nova_api api_database)
$(database_section nova)
[conductor]
workers = 1
[scheduler]
workers = 1
[upgrade_levels]
compute = auto
[wsgi]
api_paste_config = $ETC/nova/api-paste.ini
[vnc]
enabled = true
novncproxy_base_url = http://$HOST:6080/vnc_auto.html
[quota]
instances = 2000
cores = 16000
# more than the host has, so that m1.toobig fails in the scheduler and not at the quota
ram = 134217728
key_pairs = 1000
[notifications]
notification_format = versioned
notify_on_state_change = vm_and_task_state
default_level = INFO
[placement]
$(credentials placement)
[keystone]
$(credentials nova)
# detaching a volume needs a service's token beside the user's (CVE-2023-2088)
[service_user]
send_service_user_token = true
$(credentials nova)
[glance]
region_name = $REGION
valid_interfaces = internal
api_servers = http://$HOST:${PORT[glance]}
[neutron]
service_metadata_proxy = true
metadata_proxy_shared_secret = $PASSWORD
$(credentials neutron)
[cinder]
os_region_name = $REGION
catalog_info = volumev3:cinderv3:internalURL
$(credentials nova | grep -v region_name)
[barbican]
auth_endpoint = $AUTH_URL
$(policy)
$(authtoken nova compute)
$(messaging)
TEXT
    # nova-api finds it by name in its configuration directory
    cp "$HERE/paste/nova-api.ini" "$ETC/nova/api-paste.ini"
}

nova_manage() { run_python nova.cmd.manage:main --config-file "$ETC/nova/nova.conf" "$@"; }

# The mappings are templates that every reader fills from its own nova.conf, so
# that they hold neither ports nor paths. The compute host is mapped before it
# exists, which saves looking for it (discover_hosts) afterwards.
nova_migrate() {
    nova_manage api_db sync &&
        nova_manage cell_v2 map_cell0 --database_connection '{scheme}://{username}@{hostname}/nova_cell0?{query}' &&
        nova_manage db sync &&
        nova_manage cell_v2 create_cell --name cell1 \
            --transport-url '{scheme}://{username}:{password}@{hostname}:{port}/{path}?{query}' \
            --database_connection '{scheme}://{username}@{hostname}/{path}?{query}' &&
        sql nova_api -e "INSERT INTO host_mappings (created_at, cell_id, host)
            SELECT now(), id, '$COMPUTE_HOST' FROM cell_mappings WHERE name = 'cell1'"
}

nova_start() {
    # One thread, for the code is monkey-patched by eventlet; two processes, so
    # that a call to cinder which calls nova back does not wait for itself.
    start_uwsgi nova-api nova.api.openstack.compute.wsgi:init_application 2 1
}

nova_daemon_start() {
    start_python "nova-$1" "nova.cmd.$1:main" --config-file "$ETC/nova/nova.conf"
}

# These look placement up in the catalogue when they start, and end if it is not
# there yet, or if Keystone does not know Nova's user yet (nova.scheduler.client.report,
# nova.conductor.manager).
nova_workers_start() {
    nova_daemon_start conductor
    nova_daemon_start scheduler
    start_python nova-compute oaktree_openstack.compute:main --config-file "$ETC/nova/nova.conf"
}

nova_ready() { wait_for_http nova-api; }
nova_catalog() { echo "compute nova nova http://$HOST:${PORT[nova-api]}/v2.1"; }
nova_rpc() {
    echo "nova-conductor nova conductor -"
    echo "nova-scheduler nova scheduler -"
    echo "nova-compute nova compute $COMPUTE_HOST"
}
