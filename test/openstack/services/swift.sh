# Swift: one proxy, and one account, container and object server with one device
# between them. Nothing runs behind the scenes (no replicator, auditor, expirer).

SWIFT_KINDS=(account container object)

swift_configure() {
    local kind
    mkdir -p "$ETC/swift" "$DIR/swift/devices/d1"
    cat >"$ETC/swift/swift.conf" <<TEXT
[swift-hash]
swift_hash_path_prefix = oaktree
swift_hash_path_suffix = oaktree
[storage-policy:0]
name = Policy-0
default = yes
TEXT
    swift_proxy_conf >"$ETC/swift/proxy-server.conf"
    for kind in "${SWIFT_KINDS[@]}"; do swift_server_conf "$kind" >"$ETC/swift/$kind-server.conf"; done
    swift_xattrs
}

# Swift keeps an object's metadata in extended attributes.
swift_xattrs() {
    /usr/bin/python3 - "$DIR/swift/devices/d1" <<'PYTHON' || die "the file system of $DIR has no user xattrs, without which swift keeps no objects: set OAKTREE_OPENSTACK_DIR to another"
import os, sys, tempfile
with tempfile.NamedTemporaryFile(dir=sys.argv[1]) as f:
    try:
        os.setxattr(f.name, 'user.swift.test', b'x' * 2000)
    except OSError:
        sys.exit(1)
PYTHON
}

# On a busy machine the usual half second to connect, and one to three for an answer, are
# not enough: an update of a listing that comes too late is put off for a daemon that does
# not run here (async_pending, swift/obj/server.py), so that the listing stays wrong, and a
# server that was late ten times is not asked for a minute (swift/proxy/server.py).
SWIFT_PATIENCE='conn_timeout = 30
node_timeout = 120'

swift_server_conf() {
    cat <<TEXT
[DEFAULT]
bind_ip = $HOST
bind_port = ${PORT[swift-$1]}
swift_dir = $ETC/swift
devices = $DIR/swift/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
user = $(id -un)
workers = 0
log_level = WARNING
network_chunk_size = 262144
disk_chunk_size = 262144
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
replication_server = false
$SWIFT_PATIENCE
container_update_timeout = 120
TEXT
}

# s3token stands behind authtoken: before it, authtoken would strip the identity again.
swift_proxy_conf() {
    local filter
    cat <<TEXT
[DEFAULT]
bind_ip = $HOST
bind_port = ${PORT[swift-proxy]}
swift_dir = $ETC/swift
user = $(id -un)
workers = 0
log_level = INFO
client_chunk_size = 262144
object_chunk_size = 262144
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging memcache listing_formats container_sync bulk tempurl ratelimit formpost authtoken s3api s3token keystoneauth staticweb copy container_quotas account_quotas slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
$SWIFT_PATIENCE
error_suppression_limit = 1000000
allow_account_management = true
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:memcache]
use = egg:swift#memcache
memcache_servers = $HOST:${PORT[memcached]}
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = $AUTH_URL
delay_auth_decision = true
cache = swift.cache
service_type = object-store
service_token_roles_required = true
$(credentials swift)
[filter:s3api]
use = egg:swift#s3api
s3_acl = no
location = $REGION
[filter:s3token]
use = egg:swift#s3token
auth_uri = $AUTH_URL
reseller_prefix = AUTH_
# Keystone checks S3 signatures for services only (CVE-2025-65073)
$(credentials swift)
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin, member, swiftoperator
reseller_admin_role = ResellerAdmin
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
TEXT
    for filter in catch_errors gatekeeper healthcheck listing_formats container_sync bulk tempurl ratelimit \
        formpost staticweb copy container_quotas account_quotas slo dlo symlink; do
        printf '[filter:%s]\nuse = egg:swift#%s\n' $filter $filter
    done
}

swift_rings() {
    local kind
    for kind in "${SWIFT_KINDS[@]}"; do
        python "$HERE/lib/swift_ring.py" "$ETC/swift" "$kind" "$HOST" "${PORT[swift-$kind]}" || return
    done
}

swift_start() {
    local kind
    once swift-rings swift_rings >"$LOG/swift-rings.log" 2>&1 || fail swift-rings "cannot build the rings"
    for kind in "${SWIFT_KINDS[@]}" proxy; do
        start "swift-$kind" /usr/bin/python3 "$HERE/lib/swift_server.py" "$kind" "$ETC/swift/$kind-server.conf" verbose
    done
}

swift_ready() {
    local kind
    for kind in "${SWIFT_KINDS[@]}" proxy; do wait_for_http "swift-$kind" /healthcheck; done
}

swift_catalog() {
    echo "object-store swift swift http://$HOST:${PORT[swift-proxy]}/v1/AUTH_%(project_id)s"
}
