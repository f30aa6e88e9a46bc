# memcached: tokens that services have checked, and swift's containers.

memcached_start() {
    start memcached memcached -u "$(id -un)" -l "$HOST" -p "${PORT[memcached]}" -U 0 -m 64 -c 1024 -t 2
}
