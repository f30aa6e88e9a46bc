# How Debian's Python code is run. Only the libraries are installed, not the
# packages that bring daemons, users and files in /etc; so the few lines of a
# console script are given by run.py.

CLEAN_ENV=(env -i PATH="$PATH" HOME="$DIR/home" LANG=C.UTF-8 LC_ALL=C.UTF-8 TMPDIR="$TMP"
    PYTHONPATH="$HERE/drivers" PYTHONWARNINGS=ignore PYTHONNOUSERSITE=1 PYTHONDONTWRITEBYTECODE=1
    MALLOC_ARENA_MAX=2
    OS_KEYSTONE_CONFIG_DIR="$ETC/keystone" OS_NOVA_CONFIG_DIR="$ETC/nova"
    OS_PLACEMENT_CONFIG_DIR="$ETC/placement")

# python FILE [ARGUMENT...]: with the clean environment.
python() { "${CLEAN_ENV[@]}" /usr/bin/python3 "$@"; }

# start_python NAME MODULE:FUNCTION [ARGUMENT...]: a console script as a daemon.
start_python() {
    local name=$1
    shift
    start "$name" /usr/bin/python3 "$HERE/lib/run.py" "$@"
}

# run_python MODULE:FUNCTION [ARGUMENT...]: a console script, to its end.
run_python() { python "$HERE/lib/run.py" "$@"; }
