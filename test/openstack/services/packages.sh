# The Debian packages. Libraries only: the packages of the services themselves
# bring users, /etc, init scripts and hypervisors, none of which is wanted.

PACKAGES=(
    python3-keystone python3-glance python3-swift python3-placement python3-nova python3-neutron python3-cinder
    mariadb-server-core mariadb-client-core rabbitmq-server memcached uwsgi-core uwsgi-plugin-python3
    python3-openstackclient python3-swiftclient python3-osc-placement python3-pymysql curl
)

packages_missing() {
    local package
    for package in "${PACKAGES[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold "$@"
}

# While the packages are set up, policy-rc.d says that no daemon may start. The
# file of this machine, if it has one, is put back.
POLICY=/usr/sbin/policy-rc.d
policy_deny() {
    if [ -e $POLICY ]; then mv $POLICY $POLICY.before-oaktree; fi
    printf '#!/bin/sh\nexit 101\n' >$POLICY
    chmod 755 $POLICY
}
policy_restore() {
    rm -f $POLICY
    if [ -e $POLICY.before-oaktree ]; then mv $POLICY.before-oaktree $POLICY; fi
}
