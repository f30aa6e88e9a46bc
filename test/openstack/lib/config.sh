# Blocks that the configuration files of several services share.

# credentials USER: the options of a keystoneauth password plugin. The region
# is named because there are two, and a service would take either.
credentials() {
    cat <<TEXT
auth_type = password
auth_url = $AUTH_URL
username = $1
password = $PASSWORD
user_domain_name = Default
project_domain_name = Default
project_name = service
region_name = $REGION
TEXT
}

# authtoken USER TYPE: how a service checks the tokens that it is shown.
authtoken() {
    cat <<TEXT
[keystone_authtoken]
www_authenticate_uri = $AUTH_URL
memcached_servers = $HOST:${PORT[memcached]}
service_token_roles = service
service_token_roles_required = true
service_type = $2
$(credentials "$1")
TEXT
}

database_url() {
    echo "mysql+pymysql://root@localhost/$1?unix_socket=$MYSQL_SOCKET&charset=utf8"
}

# database_section DATABASE [SECTION]
database_section() {
    cat <<TEXT
[${2:-database}]
connection = $(database_url "$1")
max_pool_size = 5
max_overflow = 20
TEXT
}

# Who may do what: the defaults of today (a reader only reads). This release
# still mixes in the old ones, by which every user of a project may write.
policy() {
    cat <<TEXT
[oslo_policy]
enforce_new_defaults = true
TEXT
}

# messaging [NOTIFICATION DRIVER]. No heartbeats: an idle uwsgi worker does not
# run between requests, cannot send one, and would lose its connection.
messaging() {
    cat <<TEXT
[oslo_messaging_rabbit]
heartbeat_timeout_threshold = 0
[oslo_messaging_notifications]
driver = ${1:-messagingv2}
[oslo_concurrency]
lock_path = $DIR/lock
TEXT
}
