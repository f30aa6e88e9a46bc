#!/usr/bin/env bash
# A first client of Oaktree with nothing but curl and jq: it uploads an image,
# starts a server from it, waits until the server runs, and takes everything away
# again. Each call is a POST of JSON to /oaktree.v1.SERVICE/METHOD.
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
url=http://$OAKTREE_ADDRESS
options=(--silent --show-error --fail-with-body --max-time 300)
# The deadline goes to Oaktree with every call, and from there to the cloud.
headers=("authorization: Bearer $(read_token)" "connect-timeout-ms: 290000")
if [[ ${OAKTREE_CLOUD:-} ]]; then
  # The cloud that a Keystone token belongs to; a personal token does not need it.
  headers+=("x-oaktree-cloud: $OAKTREE_CLOUD")
fi
if [[ ${OAKTREE_CA:-} ]]; then
  url=https://$OAKTREE_ADDRESS
  options+=(--cacert "$OAKTREE_CA")
fi
location=$(jq -nc --arg cloud "${OAKTREE_CLOUD:-}" --arg region "${OAKTREE_REGION:-}" '{$cloud, $region}')

# request JQ_ARGUMENTS: a request in JSON, with the location in it.
request() {
  jq -n "$@" | jq -c --argjson location "$location" '{$location} + .'
}

# ask PATH [CURL_OPTIONS]: prints the answer; fails for an error, which is JSON too.
# The headers do not stand on curl's command line, where every user could read them.
ask() {
  curl "${options[@]}" --header @<(printf '%s\n' "${headers[@]}") "${@:2}" "$url/oaktree.v1.$1"
}

# post SERVICE/METHOD JQ_ARGUMENTS: a call.
post() {
  request "${@:2}" | ask "$1" --header "content-type: application/json" --data-binary @-
}

# call SERVICE/METHOD JQ_ARGUMENTS: a call that has to go well.
call() {
  local answer
  answer=$(post "$@") || fail "$1: $answer"
  printf '%s\n' "$answer"
}

# read_only SERVICE/METHOD JQ_ARGUMENTS: what only reads may also be a GET.
read_only() {
  local answer
  answer=$(ask "$1" --get --data encoding=json --data-urlencode message="$(request "${@:2}")") ||
    fail "GET $1: $answer"
  printf '%s\n' "$answer"
}

# all SERVICE/METHOD FIELD: the names of what a list has, ids for what has no name.
# Lists come in pages; the last one has no token for a next one.
all() {
  local page token=""
  while true; do
    page=$(read_only "$1" --arg token "$token" '{pageToken: $token}')
    jq -r --arg field "$2" '.[$field][]? | .name // .id' <<<"$page"
    token=$(jq -r '.nextPageToken // ""' <<<"$page")
    [[ $token ]] || return 0
  done
}

# check_gone SERVICE/METHOD NAME: the call has to fail with NOT_FOUND.
check_gone() {
  local answer reason
  if answer=$(post "$1" --arg name "$2" '{nameOrId: $name}' 2>/dev/null); then
    fail "$2 should be gone"
  fi
  reason=$(jq -r '.details[]? | select(.type == "google.rpc.ErrorInfo").debug.reason' <<<"$answer")
  [[ $reason == NOT_FOUND ]] || fail "$2 should be gone, but: $answer"
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
    post "$method" --arg name "$name" '{nameOrId: $name, allowMissing: true}' >/dev/null ||
      echo "cannot clean up: $method $name" >&2
  done
  rm -rf "$folder"
}

# One new name for all that is made, so that runs do not meet.
name=first-curl-$(od -An -N5 -tx1 /dev/urandom | tr -d ' ')
folder=$(mktemp -d)
trap clean_up EXIT

flavors=$(all ComputeService/ListFlavors flavors)
seen "flavors: ${flavors//$'\n'/, }"
images=$(all ImageService/ListImages images)
seen "images: ${images//$'\n'/, }"

# Bytes are base64 in JSON. Up to 1 MiB of them may stand in the request;
# `oaktree image upload` and the clients that stream send bigger images.
head -c 65536 /dev/urandom >"$folder/image"
base64 -w 0 "$folder/image" >"$folder/base64"
image=$(call ImageService/CreateImage --arg name "$name" --rawfile data "$folder/base64" \
  '{image: {$name, diskFormat: "raw"}, $data}' | jq .image)
image_id=$(jq -r .id <<<"$image")
jq -e '.status == "IMAGE_STATUS_ACTIVE"' <<<"$image" >/dev/null || fail "the image is not active: $image"
digest=$(sha512sum <"$folder/image")
jq -e --arg digest "${digest%% *}" '.hashAlgorithm == "sha512" and .hashValue == $digest' <<<"$image" >/dev/null ||
  fail "the cloud has other bytes than were sent: $image"
seen "uploaded image $image_id, $(jq -r .sizeBytes <<<"$image") bytes, and compared its digest"

fingerprint=$(call ComputeService/CreateKeypair --arg name "$name" --arg publicKey "$public_key" \
  '{$name, $publicKey}' | jq -r .keypair.fingerprint)
seen "created keypair $fingerprint"

server_id=$(call ComputeService/CreateServer --arg name "$name" --arg image "$image_id" \
  --arg flavor "$flavor" --arg network "$network" \
  '{$name, $image, $flavor, networks: [$network], keyName: $name}' | jq -r .server.id)
seen "created server $server_id"

# curl cannot follow a stream, so it takes the wait that has one answer.
server=$(call ComputeService/WaitForServerStatus --arg id "$server_id" \
  '{nameOrId: $id, status: "SERVER_STATUS_ACTIVE"}' | jq .server)
address=$(jq -r '.interfaceIp // ""' <<<"$server")
[[ $address ]] || fail "the server has no address: $server"
seen "server is $(jq -r .statusText <<<"$server") at $address"

call ComputeService/DeleteServer --arg id "$server_id" '{nameOrId: $id}' >/dev/null
call ComputeService/WaitForServerStatus --arg id "$server_id" \
  '{nameOrId: $id, status: "SERVER_STATUS_DELETED"}' >/dev/null
call ComputeService/DeleteKeypair --arg name "$name" '{nameOrId: $name}' >/dev/null
call ImageService/DeleteImage --arg id "$image_id" '{nameOrId: $id}' >/dev/null
seen "deleted server, keypair and image"

check_gone ComputeService/GetServer "$server_id"
check_gone ComputeService/GetKeypair "$name"
check_gone ImageService/GetImage "$image_id"
seen "all are gone"
