# What is in the cloud when it is new, and the ways to reach it.

CLOUD_USERS=(admin:admin demo:demo alt:alt reader:demo) # user:project

# user_project USER
user_project() {
    local pair
    for pair in "${CLOUD_USERS[@]}"; do
        if [ "${pair%%:*}" = "$1" ]; then echo "${pair##*:}"; return; fi
    done
    return 1
}

# cloud_entry NAME USER SCOPE REGION
cloud_entry() {
    cat <<TEXT
  $1:
    auth: {auth_url: "$AUTH_URL", username: $2, password: "$PASSWORD", user_domain_name: Default, $3}
    region_name: $4
    identity_api_version: 3
TEXT
}

world_configure() {
    local pair scope
    {
        echo "clouds:"
        for pair in "${CLOUD_USERS[@]}"; do
            scope="project_name: ${pair##*:}, project_domain_name: Default"
            cloud_entry "${pair%%:*}" "${pair%%:*}" "$scope" "$REGION"
        done
        cloud_entry system admin "system_scope: all" "$REGION"
        cloud_entry demo2 demo "project_name: demo, project_domain_name: Default" "$SECOND_REGION"
    } >"$DIR/clouds.yaml"
    chmod 600 "$DIR/clouds.yaml"
}

# One line a service: type, name, user (or -), URL.
world_catalog() {
    local service
    for service in keystone glance swift placement nova neutron cinder; do "${service}_catalog"; done
}

# Users, roles and the catalogue: as soon as keystone answers.
world_identity() {
    world_catalog | python "$HERE/world/identity.py" "$DIR/clouds.yaml" "$REGION" "$SECOND_REGION" \
        >"$LOG/world-identity.log" 2>&1
}

# Networks, flavors, an image, a volume type: when the services answer.
world_resources() {
    python "$HERE/world/resources.py" "$DIR/clouds.yaml" >"$LOG/world-resources.log" 2>&1
}
