"""The same scenario by Oaktree's JSON API, with nothing but Python's own HTTP client."""
import http.client
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

address = urlsplit(sys.argv[1]).netloc
number = int(sys.argv[2])
headers = {"content-type": "application/json", "authorization": f"Bearer {sys.argv[3]}"}
own = threading.local()


def call(method: str, request: dict) -> dict:
    if not hasattr(own, "connection"):
        own.connection = http.client.HTTPConnection(address)
    own.connection.request("POST", f"/oaktree.v1.ComputeService/{method}", json.dumps(request), headers)
    answer = own.connection.getresponse()
    body = json.loads(answer.read())
    if answer.status != 200:
        raise RuntimeError(body)
    return body


def life(index: int) -> None:
    server = call(
        "CreateServer",
        {"name": f"json-{index}", "image": "lab-small", "flavor": "m1.nano", "networks": ["private"]},
    )["server"]
    call("WaitForServerStatus", {"nameOrId": server["id"]})
    call("GetServer", {"nameOrId": server["id"]})
    call("DeleteServer", {"nameOrId": server["id"], "wait": True})


began = time.perf_counter()
with ThreadPoolExecutor(number) as threads:
    list(threads.map(life, range(number)))
call("ListServers", {})
print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time()}))
