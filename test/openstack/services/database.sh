# MariaDB, on a unix socket only. Durability is given up for speed: after a power
# cut `clean` and `up` is the way back, after a killed process InnoDB mends itself.
#
# Migrating the eight databases takes half a minute, and always ends in the same
# bytes. So they are migrated once in a directory of their own, and that
# directory is kept in the cache: every new state begins with a copy of it. It
# holds nothing that depends on ports or paths.

DATABASES=(keystone glance placement nova nova_api nova_cell0 neutron cinder)
CACHED_DATABASE="" # the directory in the cache; known once cache_key was worked out

# Set on the command line, so that no /etc/mysql is read.
INNODB=(--innodb-log-file-size=32M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=128M)

sql() { mariadb --no-defaults -uroot --socket="$MYSQL_SOCKET" -N -B "$@"; }

database_answers() { sql -e 'select 1' >/dev/null 2>&1; }

# database_serve DIRECTORY
database_serve() {
    start mysql mariadbd --no-defaults --datadir="$1" --user="$(id -un)" --socket="$MYSQL_SOCKET" \
        --pid-file="$RUN/mariadbd.own" --skip-networking --skip-name-resolve --skip-log-bin "${INNODB[@]}" \
        --performance-schema=OFF --max-connections=500 --character-set-server=utf8 --tmpdir="$TMP"
    wait_for mysql 180 database_answers
}

# What the migrated databases depend on: the programs, the password and this code.
cache_key() {
    {
        dpkg-query -W -f '${Package} ${Version}\n' "${PACKAGES[@]}"
        echo "$PASSWORD"
        cat "$HERE"/services/*.sh
    } | sha256sum | cut -c1-16
}

# Fills the cache. An attempt that was interrupted leaves $DIR/migrating, which the next removes.
database_build() {
    local work=$DIR/migrating database service failed=""
    say "migrating the databases (once; kept in $CACHE)"
    stop_now mysql
    rm -rf "$work" "$CACHE"/database-*
    mariadb-install-db --no-defaults --datadir="$work" --user="$(id -un)" --skip-test-db \
        --auth-root-authentication-method=normal "${INNODB[@]}" >"$LOG/mysql-install.log" 2>&1 \
        || fail mysql-install "mariadb-install-db failed"
    database_serve "$work"
    for database in "${DATABASES[@]}"; do echo "CREATE DATABASE $database CHARACTER SET utf8;"; done | sql
    local services=(nova neutron keystone cinder glance placement) jobs=()
    for service in "${services[@]}"; do
        "${service}_migrate" >"$LOG/$service-migrate.log" 2>&1 &
        jobs+=($!)
    done
    for service in "${services[@]}"; do
        wait "${jobs[0]}" || failed=${failed:-$service}
        jobs=("${jobs[@]:1}")
    done
    [ -z "$failed" ] || fail "$failed-migrate" "the database of $failed could not be migrated"
    stop 60 mysql
    mv "$work" "$CACHED_DATABASE"
}

database_start() {
    if [ ! -d "$DIR/mysql" ]; then
        CACHED_DATABASE=$CACHE/database-$(cache_key)
        [ -d "$CACHED_DATABASE" ] || database_build
        rm -rf "$DIR/mysql.new"
        cp -a --sparse=always "$CACHED_DATABASE" "$DIR/mysql.new"
        mv "$DIR/mysql.new" "$DIR/mysql"
        say "databases ready"
    fi
    database_serve "$DIR/mysql"
}
