# Keystone: identity.

keystone_configure() {
    mkdir -p "$ETC/keystone" "$DIR/keystone"
    cat >"$ETC/keystone/keystone.conf" <<TEXT
[DEFAULT]
debug = $DEBUG
transport_url = $RABBIT_URL
max_token_size = 512
[token]
provider = fernet
expiration = 14400
[fernet_tokens]
key_repository = $DIR/keystone/fernet-keys
[fernet_receipts]
key_repository = $DIR/keystone/fernet-keys
[credential]
key_repository = $DIR/keystone/credential-keys
[identity]
# bcrypt at its cheapest: a login with a password in 20 ms instead of 250
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.pymemcache
memcache_servers = $HOST:${PORT[memcached]}
# else each thread answers 500 once after memcached was started anew
enable_retry_client = true
retry_attempts = 2
[oslo_policy]
policy_dirs = $ETC/keystone/policy.d
[oslo_middleware]
max_request_body_size = 1048576
$(database_section keystone)
$(messaging noop)
TEXT
}

keystone_manage() {
    run_python keystone.cmd.manage:main --config-file "$ETC/keystone/keystone.conf" "$@"
}

# The endpoints come later, from the world: they hold ports, and the cache must not.
keystone_migrate() {
    keystone_manage db_sync &&
        keystone_keys &&
        keystone_manage bootstrap --bootstrap-password "$PASSWORD" --bootstrap-region-id "$REGION"
}

# The keys are not in the database; each state has its own.
keystone_keys() {
    local kind
    for kind in fernet credential; do
        [ -f "$DIR/keystone/$kind-keys/0" ] ||
            keystone_manage ${kind}_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)" || return
    done
}

keystone_start() {
    keystone_keys >"$LOG/keystone-keys.log" 2>&1 || fail keystone-keys "cannot make keys"
    # One thread a process: Keystone keeps the token of a request in its middleware,
    # of which a process has one (AuthContextMiddleware.token, in keystone/server/flask/
    # request_processing/middleware/auth_context.py), so that of two requests at once
    # one may be answered by what the other's token allows.
    start_uwsgi keystone keystone.server.wsgi:initialize_public_application 3 1
}

keystone_ready() { wait_for_http keystone /v3; }

keystone_catalog() { echo "identity keystone - $AUTH_URL"; }
