# Glance: images, as files. Its own eventlet server takes uploads twice as fast as uwsgi did.

glance_configure() {
    mkdir -p "$ETC/glance" "$DIR"/glance/{images,staging,tasks}
    cat >"$ETC/glance/glance-api.conf" <<TEXT
[DEFAULT]
debug = $DEBUG
bind_host = $HOST
bind_port = ${PORT[glance]}
workers = 0
transport_url = $RABBIT_URL
enabled_backends = files:file
enabled_import_methods = [glance-direct,web-download,copy-image]
show_multiple_locations = false
enforce_secure_rbac = true
user_storage_quota = 100GB
worker_self_reference_url = http://$HOST:${PORT[glance]}
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = $DIR/glance/images
filesystem_store_chunk_size = 1048576
filesystem_thin_provisioning = false
[os_glance_staging_store]
filesystem_store_datadir = $DIR/glance/staging
[os_glance_tasks_store]
filesystem_store_datadir = $DIR/glance/tasks
[paste_deploy]
flavor = keystone
config_file = $HERE/paste/glance-api.ini
[taskflow_executor]
engine_mode = serial
[wsgi]
task_pool_threads = 4
[import_filtering_opts]
# web-download refuses loopback unless it is named, and any port but 80 and 443 unless the list is empty
allowed_hosts = [127.0.0.1,localhost]
allowed_ports = []
$(policy)
$(authtoken glance image)
$(database_section glance)
$(messaging)
TEXT
}

glance_migrate() { run_python glance.cmd.manage:main --config-file "$ETC/glance/glance-api.conf" db_sync; }
glance_start() { start_python glance glance.cmd.api:main --config-file "$ETC/glance/glance-api.conf"; }
glance_ready() { wait_for_http glance; }
glance_catalog() { echo "image glance glance http://$HOST:${PORT[glance]}"; }
