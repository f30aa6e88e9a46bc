# WSGI services under uwsgi.

# start_uwsgi NAME MODULE:FUNCTION PROCESSES THREADS [OPTION...]: the function makes the application.
#
# --lazy-apps: each worker loads the application itself. Forked after loading, the
# workers of nova-api share eventlet's epoll descriptor and take each other's
# events, until all of them wait for ever.
#
# "Connection: close" because --http-socket closes after each answer. A keep-alive
# socket would take the unread body of a refused upload for the next request.
start_uwsgi() {
    local name=$1 application=$2 processes=$3 threads=$4
    shift 4
    start "$name" /usr/bin/uwsgi --plugins python3 --http-socket "$HOST:${PORT[$name]}" \
        --module "$application()" --procname-prefix "$name " --master --no-orphans --lazy-apps --need-app \
        --processes "$processes" --threads "$threads" --enable-threads --die-on-term --exit-on-reload \
        --buffer-size 65535 --listen 100 --thunder-lock --socket-timeout 120 \
        --add-header 'Connection: close' --disable-logging --log-5xx --worker-reload-mercy 5 "$@"
}
