# shellcheck shell=bash disable=SC2034 # install and run use them
# Where the client programs and their tools are; sourced by install and run.

clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$clients/../.." && pwd)
tools=${OAKTREE_TEST_TOOLS:-/var/tmp/oaktree-test-tools}
grpcurl_version=v1.9.4

# Python is Debian's own: others that come first in PATH have other libraries.
python=/usr/bin/python3
venv=$tools/python
sdk=$tools/openstacksdk
toolchain=$tools/go-toolchain

export GOPATH=$tools/go GOCACHE=$tools/go-build GOTOOLCHAIN=local GOFLAGS=-buildvcs=false
mkdir -p "$tools/bin"

# has_go: whether the Go in PATH is new enough for the program.
has_go() {
  local wanted have
  wanted=$(sed -n 's/^go //p' "$clients/go/go.mod")
  have=$(go env GOVERSION 2>/dev/null) || return 1
  printf '%s\n' "$wanted" "${have#go}" | sort --check=silent --version-sort
}

export PATH=$root/node_modules/.bin:$tools/bin:$PATH
if ! has_go; then
  PATH=$toolchain/packages/go/bin:$PATH
fi

# locked COMMAND: runs it while no other install or build does.
locked() {
  (
    flock 9
    "$@"
  ) 9>"$tools/lock"
}

# is_stale STAMP PATHS: whether any of the paths is newer than the stamp.
is_stale() {
  [[ ! -e $1 || $(find "${@:2}" -newer "$1" -print -quit) ]]
}

build_go() {
  cd "$clients/go" || return
  if is_stale gen/stamp "$root/proto" "$root/third_party" buf.gen.yaml go.mod; then
    buf generate
    touch gen/stamp
  fi
  go build -o gen/client .
}

build_connect_go() {
  cd "$clients/connect-go" || return
  if is_stale gen/stamp "$root/proto" "$root/third_party" buf.gen.yaml go.mod; then
    buf generate
    touch gen/stamp
  fi
  go build -o gen/client .
}

build_java() {
  cd "$clients/java" || return
  if is_stale gen/stamp "$root/proto" "$root/third_party" pom.xml src; then
    mvn --quiet --batch-mode -Dmaven.repo.local="$tools/maven" process-classes
    touch gen/stamp
  fi
}

build_ruby() {
  cd "$clients/ruby" || return
  if is_stale gen/stamp "$root/proto" "$root/third_party" buf.gen.yaml; then
    # It cannot know the annotations, which are extensions, and says so for each file.
    buf generate 2> >(grep -v 'Extensions are not yet supported' >&2)
    touch gen/stamp
  fi
}

build_python() {
  local gen=$clients/python/gen protos
  cd "$root" || return
  if is_stale "$gen/stamp" proto third_party "$venv/requirements.txt"; then
    rm -rf "$gen"
    mkdir "$gen"
    mapfile -t protos < <(find proto third_party/buf -name '*.proto')
    "$venv/bin/python" -m grpc_tools.protoc --proto_path=proto --proto_path=third_party \
      --python_out="$gen" --grpc_python_out="$gen" "${protos[@]}"
    touch "$gen/stamp"
  fi
}
