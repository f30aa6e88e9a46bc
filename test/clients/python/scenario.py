"""A first client of Oaktree in Python: it uploads an image, starts a server from
it, waits until the server runs, and takes everything away again.

OAKTREE_ADDRESS  host:port of the Oaktree; unset: the endpoint in the credentials file
OAKTREE_TOKEN    its personal token, or your Keystone token; or
OAKTREE_CREDENTIALS  a credentials file, whose default entry is used
OAKTREE_CLOUD    the cloud to use; needed where there are several
OAKTREE_REGION   the region to use; needed where the cloud has several
OAKTREE_CA       file with the certificate authority of the Oaktree; unset: no TLS
"""

import json
import os
import secrets
import signal
import sys
import time
from urllib.parse import urlsplit

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from oaktree.v1 import common_pb2, compute_pb2, compute_pb2_grpc, image_pb2, image_pb2_grpc

FLAVOR = "m1.nano"
NETWORK = "private"
# Nobody has the private half of this key. Put your own here.
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree"
# Bytes in one message of an upload. Messages may have 4 MiB at most.
CHUNK = 512 * 1024

CLOUD = os.environ.get("OAKTREE_CLOUD", "")
WHERE = common_pb2.LocationSelector(cloud=CLOUD, region=os.environ.get("OAKTREE_REGION", ""))


def read_entry():
    """The default entry of the credentials file, if there is one."""
    path = os.environ.get("OAKTREE_CREDENTIALS")
    if not path:
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)["default"]


ENTRY = read_entry()
ADDRESS = os.environ.get("OAKTREE_ADDRESS") or urlsplit(ENTRY["endpoint"]).netloc


def read_token():
    """A token that is there, or an access token for the credentials file."""
    if not ENTRY:
        return os.environ["OAKTREE_TOKEN"]
    session = OAuth2Session(client=BackendApplicationClient(ENTRY["client_id"]))
    pair = HTTPBasicAuth(ENTRY["client_id"], ENTRY["client_secret"])
    authority = os.environ.get("OAKTREE_CA", True)
    return session.fetch_token(ENTRY["token_endpoint"], auth=pair, verify=authority)["access_token"]


# Sent with every call. Without TLS gRPC's own call credentials would be dropped
# silently, so the token goes as plain metadata. The cloud is the one that a
# Keystone token belongs to; a personal token does not need it.
METADATA = [("authorization", "Bearer " + read_token())]
if CLOUD:
    METADATA.append(("x-oaktree-cloud", CLOUD))

# Every call has a deadline, in seconds. It goes on to the cloud.
CALL = {"metadata": METADATA, "timeout": 60}
WAIT = {"metadata": METADATA, "timeout": 300}


def main():
    with connect(ADDRESS) as channel:
        compute = compute_pb2_grpc.ComputeServiceStub(channel)
        images = image_pb2_grpc.ImageServiceStub(channel)
        # One new name for all that is made, so that runs do not meet.
        name = "first-python-" + secrets.token_hex(5)
        try:
            scenario(compute, images, name)
        finally:
            clean_up(compute, images, name)


def scenario(compute, images, name):
    flavors = list_all(compute.ListFlavors, compute_pb2.ListFlavorsRequest(location=WHERE), "flavors")
    seen("flavors: " + ", ".join(flavor.name for flavor in flavors))
    listed = list_all(images.ListImages, image_pb2.ListImagesRequest(location=WHERE), "images")
    seen("images: " + ", ".join(image.name for image in listed))

    data = os.urandom(3 * 1024 * 1024)
    image = images.UploadImage(upload(name, data), **CALL).image
    check(image.status == image_pb2.IMAGE_STATUS_ACTIVE, f"the image is {image.status_text}")
    seen(f"uploaded image {image.id}, {image.size_bytes} bytes")

    keypair = compute.CreateKeypair(
        compute_pb2.CreateKeypairRequest(location=WHERE, name=name, public_key=PUBLIC_KEY), **CALL
    ).keypair
    seen(f"created keypair {keypair.fingerprint}")

    server = compute.CreateServer(
        compute_pb2.CreateServerRequest(
            location=WHERE,
            name=name,
            image=image.id,
            flavor=FLAVOR,
            networks=[NETWORK],
            key_name=name,
        ),
        **CALL,
    ).server
    seen(f"created server {server.id}")

    server = wait(compute, server.id, compute_pb2.SERVER_STATUS_ACTIVE)
    check(server.interface_ip, "the server has no address")
    seen(f"server is {server.status_text} at {server.interface_ip}")

    # Oaktree has compared the bytes' digest with the cloud's when the stream
    # ends without an error.
    download = images.DownloadImage(
        image_pb2.DownloadImageRequest(location=WHERE, name_or_id=image.id), **WAIT
    )
    back = b"".join(message.data for message in download)
    check(back == data, "the image's bytes are not those that were uploaded")
    seen(f"downloaded the image, {len(back)} bytes, the same")

    compute.DeleteServer(compute_pb2.DeleteServerRequest(location=WHERE, name_or_id=server.id), **CALL)
    wait(compute, server.id, compute_pb2.SERVER_STATUS_DELETED)
    compute.DeleteKeypair(compute_pb2.DeleteKeypairRequest(location=WHERE, name_or_id=name), **CALL)
    images.DeleteImage(image_pb2.DeleteImageRequest(location=WHERE, name_or_id=image.id), **CALL)
    seen("deleted server, keypair and image")

    check_gone(compute.GetServer, compute_pb2.GetServerRequest(location=WHERE, name_or_id=server.id))
    check_gone(compute.GetKeypair, compute_pb2.GetKeypairRequest(location=WHERE, name_or_id=name))
    check_gone(images.GetImage, image_pb2.GetImageRequest(location=WHERE, name_or_id=image.id))
    seen("all are gone")


def connect(address):
    """Makes the channel; gRPC opens the connection with the first call."""
    authority = os.environ.get("OAKTREE_CA")
    if not authority:
        return grpc.insecure_channel(address)
    with open(authority, "rb") as file:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()))


def list_all(method, request, field):
    """Yields what a list has. Lists come in pages; the last has no next_page_token."""
    while True:
        page = method(request, **CALL)
        yield from getattr(page, field)
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def upload(name, data):
    """Yields the messages of an upload: first what the image is to be, then its bytes."""
    image = image_pb2.NewImage(name=name, disk_format="raw", size_bytes=len(data))
    yield image_pb2.UploadImageRequest(location=WHERE, image=image)
    for start in range(0, len(data), CHUNK):
        yield image_pb2.UploadImageRequest(data=data[start : start + CHUNK])


def wait(compute, server_id, status):
    """Follows a server until it has the status."""
    request = compute_pb2.WaitForServerRequest(location=WHERE, name_or_id=server_id, status=status)
    for change in compute.WaitForServer(request, **WAIT):
        print(f"          {change.server.status_text} {change.server.task_state}", flush=True)
        if change.done:
            return change.server
    raise SystemExit("failed: the wait ended before its time")


def check_gone(method, request):
    try:
        method(request, **CALL)
    except grpc.RpcError as error:
        check(reason_of(error) == "NOT_FOUND", f"{request.name_or_id} should be gone, but: {error}")
    else:
        check(False, f"{request.name_or_id} should be gone")


def reason_of(error):
    """The reason of an error of Oaktree's, a name of oaktree.v1.ErrorReason."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == "oaktree":
            return info.reason
    return None


def clean_up(compute, images, name):
    """Takes away what a run that failed has left. After a good one nothing is there."""
    what = {"location": WHERE, "name_or_id": name, "allow_missing": True}
    for method, request in [
        (compute.DeleteServer, compute_pb2.DeleteServerRequest(**what)),
        (compute.DeleteKeypair, compute_pb2.DeleteKeypairRequest(**what)),
        (images.DeleteImage, image_pb2.DeleteImageRequest(**what)),
    ]:
        try:
            method(request, **CALL)
        except grpc.RpcError as error:
            print(f"cannot clean up: {error.details()}", file=sys.stderr)


def check(condition, message):
    if not condition:
        raise SystemExit(f"failed: {message}")


def seen(what):
    """Prints what was done and how long it took."""
    now = time.monotonic()
    print(f"{now - seen.since:6.2f} s  {what}", flush=True)
    seen.since = now


seen.since = time.monotonic()

if __name__ == "__main__":
    # So that a terminated run cleans up as well as one that Ctrl-C interrupts.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("failed: terminated"))
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"failed: {error.code().name} ({reason_of(error)}): {error.details()}")
