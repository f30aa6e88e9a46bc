command_clouds() {
    [ -f "$DIR/clouds.yaml" ] || die "no clouds yet: run up"
    echo "$DIR/clouds.yaml"
}

command_env() {
    local user=${1:-admin} project
    [ -f "$DIR/settings" ] || die "no clouds yet: run up"
    load_settings
    project=$(user_project "$user") || die "no user $user; there are: ${CLOUD_USERS[*]%%:*}"
    cat <<TEXT
export OS_AUTH_URL=$AUTH_URL
export OS_IDENTITY_API_VERSION=3
export OS_REGION_NAME=$REGION
export OS_USERNAME=$user
export OS_PASSWORD=$PASSWORD
export OS_PROJECT_NAME=$project
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
TEXT
}
