# Neutron: ML2 without agents. Under uwsgi the green threads that tell nova of
# ports would stand still between requests, so it runs its own server.

neutron_configure() {
    mkdir -p "$ETC/neutron" "$DIR/neutron"
    cat >"$ETC/neutron/neutron.conf" <<TEXT
[DEFAULT]
debug = $DEBUG
state_path = $DIR/neutron
bind_host = $HOST
bind_port = ${PORT[neutron]}
api_workers = 0
rpc_workers = 1
rpc_state_report_workers = 0
transport_url = $RABBIT_URL
auth_strategy = keystone
core_plugin = ml2
service_plugins = router,qos,trunk,port_forwarding,segments
api_paste_config = $HERE/paste/neutron-api.ini
allow_overlapping_ips = true
dns_domain = oaktree.test.
global_physnet_mtu = 1500
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
send_events_interval = 1
[quotas]
quota_floatingip = 1000
quota_port = 5000
quota_network = 1000
quota_subnet = 1000
quota_router = 200
quota_security_group = 500
quota_security_group_rule = 5000
[ml2]
type_drivers = local,flat,vlan,vxlan,geneve
tenant_network_types = vxlan
# without agents openvswitch binds nothing, but it brings the QoS rule types and
# the trunk driver; loopback (drivers/oaktree_openstack/network.py) binds
mechanism_drivers = openvswitch,loopback
extension_drivers = port_security,qos,dns_domain_ports
[ml2_type_flat]
flat_networks = *
[ml2_type_vlan]
network_vlan_ranges = physnet1:100:299
[ml2_type_vxlan]
vni_ranges = 1:2000
[ml2_type_geneve]
vni_ranges = 5001:6000
max_header_size = 38
[securitygroup]
enable_security_group = true
[nova]
$(credentials nova)
[placement]
$(credentials placement)
$(policy)
$(authtoken neutron network)
$(database_section neutron)
$(messaging)
TEXT
}

neutron_migrate() {
    run_python neutron.db.migration.cli:main --config-file "$ETC/neutron/neutron.conf" upgrade heads
}
neutron_start() {
    start_python neutron neutron.cmd.eventlet.server:main --config-file "$ETC/neutron/neutron.conf"
}
neutron_ready() { wait_for_http neutron; }
neutron_catalog() { echo "network neutron neutron http://$HOST:${PORT[neutron]}"; }
