#!/usr/bin/env bash
# A first client of Oaktree with grpcurl, which learns the whole API from the
# server by reflection: no proto file is needed. It uploads an image, starts a
# server from it, waits until the server runs, and takes everything away again.
# (`grpcurl -plaintext HOST:PORT describe oaktree.v1.ComputeService` shows what
# there is.)
#
#   OAKTREE_ADDRESS  host:port of the Oaktree; unset: the endpoint in the credentials file
#   OAKTREE_TOKEN    its personal token, or your Keystone token; or
#   OAKTREE_CREDENTIALS  a credentials file, whose default entry is used
#   OAKTREE_CLOUD    the cloud to use; needed where there are several
#   OAKTREE_REGION   the region to use; needed where the cloud has several
#   OAKTREE_CA       file with the certificate authority of the Oaktree; unset: no TLS
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

flavor=m1.nano
network=private
# Nobody has the private half of this key. Put your own here.
public_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree"

# A token that is there, or an access token for the credentials file. Its secret
# goes to curl by a file, since every user could read its command line.
read_token() {
  if [[ ! ${OAKTREE_CREDENTIALS:-} ]]; then
    printf '%s' "${OAKTREE_TOKEN:?}"
    return
  fi
  jq -r '.default | "url = \(.token_endpoint | tojson)", "user = \("\(.client_id):\(.client_secret)" | tojson)"' \
    "$OAKTREE_CREDENTIALS" |
    curl --silent --show-error --fail-with-body --config - ${OAKTREE_CA:+--cacert "$OAKTREE_CA"} \
      --data grant_type=client_credentials |
    jq -r .access_token
}

# The address is in the credentials file, unless another one is wanted.
: "${OAKTREE_ADDRESS:=$(jq -r '.default.endpoint | sub("^https?://"; "")' "${OAKTREE_CREDENTIALS:?}")}"
OAKTREE_TOKEN=$(read_token)
export OAKTREE_TOKEN
# grpcurl puts the token into the header itself: on its command line every user
# could read it. The deadline goes to Oaktree, and from there to the cloud.
# shellcheck disable=SC2016
options=(-expand-headers -rpc-header 'authorization: Bearer ${OAKTREE_TOKEN}' -max-time 300 -format-error)
if [[ ${OAKTREE_CLOUD:-} ]]; then
  # The cloud that a Keystone token belongs to; a personal token does not need it.
  options+=(-rpc-header "x-oaktree-cloud: $OAKTREE_CLOUD")
fi
if [[ ${OAKTREE_CA:-} ]]; then
  options+=(-cacert "$OAKTREE_CA")
else
  options+=(-plaintext)
fi
location=$(jq -nc --arg cloud "${OAKTREE_CLOUD:-}" --arg region "${OAKTREE_REGION:-}" '{$cloud, $region}')

# request JQ_ARGUMENTS: a request in JSON, with the location in it.
request() {
  jq -n "$@" | jq -c --argjson location "$location" '{$location} + .'
}

# send SERVICE/METHOD: a call with the messages that stand on standard input.
send() {
  grpcurl "${options[@]}" -d @ "$OAKTREE_ADDRESS" "oaktree.v1.$1"
}

# call SERVICE/METHOD JQ_ARGUMENTS: a call with one message.
call() {
  request "${@:2}" | send "$1"
}

# all SERVICE/METHOD FIELD: the names of what a list has, ids for what has no name.
# Lists come in pages; the last one has no token for a next one.
all() {
  local page token=""
  while true; do
    page=$(call "$1" --arg token "$token" '{pageToken: $token}')
    jq -r --arg field "$2" '.[$field][]? | .name // .id' <<<"$page"
    token=$(jq -r '.nextPageToken // ""' <<<"$page")
    [[ $token ]] || return 0
  done
}

# wait_for ID STATUS: follows a server until it has the status, and prints the last message.
wait_for() {
  call ComputeService/WaitForServer --arg id "$1" --arg status "$2" '{nameOrId: $id, $status}' |
    tee >(jq -r '"          \(.server.statusText // "DELETED") \(.server.taskState // "")"' >&2) |
    jq -es 'last | select(.done)'
}

# check_gone SERVICE/METHOD NAME: the call has to fail with NOT_FOUND.
check_gone() {
  local error reason
  if error=$(call "$1" --arg name "$2" '{nameOrId: $name}' 2>&1); then
    fail "$2 should be gone"
  fi
  reason=$(jq -r '.details[]? | select(.domain == "oaktree").reason' <<<"$error")
  [[ $reason == NOT_FOUND ]] || fail "$2 should be gone, but: $error"
}

since=$EPOCHREALTIME
# seen TEXT: prints what was done and how long it took.
seen() {
  printf '%6.2f s  %s\n' "$(jq -n "$EPOCHREALTIME - $since")" "$1"
  since=$EPOCHREALTIME
}

fail() {
  echo "failed: $1" >&2
  exit 1
}

# Takes away what a run that failed has left. After a good one nothing is there.
clean_up() {
  local method
  for method in ComputeService/DeleteServer ComputeService/DeleteKeypair ImageService/DeleteImage; do
    call "$method" --arg name "$name" '{nameOrId: $name, allowMissing: true}' >/dev/null ||
      echo "cannot clean up: $method $name" >&2
  done
  rm -rf "$folder"
}

# One new name for all that is made, so that runs do not meet.
name=first-grpcurl-$(od -An -N5 -tx1 /dev/urandom | tr -d ' ')
folder=$(mktemp -d)
trap clean_up EXIT

flavors=$(all ComputeService/ListFlavors flavors)
seen "flavors: ${flavors//$'\n'/, }"
images=$(all ImageService/ListImages images)
seen "images: ${images//$'\n'/, }"

# The first message says what the image is to be, the others bring its bytes:
# base64 in JSON, 300000 bytes a line.
head -c 3145728 /dev/urandom >"$folder/image"
image=$({
  request --arg name "$name" '{image: {$name, diskFormat: "raw", sizeBytes: 3145728}}'
  base64 -w 400000 "$folder/image" | jq -Rc '{data: .}'
} | send ImageService/UploadImage | jq .image)
image_id=$(jq -r .id <<<"$image")
jq -e '.status == "IMAGE_STATUS_ACTIVE"' <<<"$image" >/dev/null || fail "the image is not active: $image"
seen "uploaded image $image_id, $(jq -r .sizeBytes <<<"$image") bytes"

fingerprint=$(call ComputeService/CreateKeypair --arg name "$name" --arg publicKey "$public_key" \
  '{$name, $publicKey}' | jq -r .keypair.fingerprint)
seen "created keypair $fingerprint"

server_id=$(call ComputeService/CreateServer --arg name "$name" --arg image "$image_id" \
  --arg flavor "$flavor" --arg network "$network" \
  '{$name, $image, $flavor, networks: [$network], keyName: $name}' | jq -r .server.id)
seen "created server $server_id"

server=$(wait_for "$server_id" SERVER_STATUS_ACTIVE | jq .server)
address=$(jq -r '.interfaceIp // ""' <<<"$server")
[[ $address ]] || fail "the server has no address: $server"
seen "server is $(jq -r .statusText <<<"$server") at $address"

call ImageService/DownloadImage --arg id "$image_id" '{nameOrId: $id}' |
  jq -r '.data // empty' | base64 -d >"$folder/back"
cmp "$folder/image" "$folder/back" || fail "the image's bytes are not those that were uploaded"
seen "downloaded the image, $(wc -c <"$folder/back") bytes, the same"

call ComputeService/DeleteServer --arg id "$server_id" '{nameOrId: $id}' >/dev/null
wait_for "$server_id" SERVER_STATUS_DELETED >/dev/null
call ComputeService/DeleteKeypair --arg name "$name" '{nameOrId: $name}' >/dev/null
call ImageService/DeleteImage --arg id "$image_id" '{nameOrId: $id}' >/dev/null
seen "deleted server, keypair and image"

check_gone ComputeService/GetServer "$server_id"
check_gone ComputeService/GetKeypair "$name"
check_gone ImageService/GetImage "$image_id"
seen "all are gone"
