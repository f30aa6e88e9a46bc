"""One scenario by openstacksdk: servers are made, waited for, listed and deleted, by as many threads."""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import openstack

cloud = openstack.connect(cloud=sys.argv[1])
number = int(sys.argv[2])


def life(index: int) -> None:
    server = cloud.create_server(
        f"sdk-{index}", image="lab-small", flavor="m1.nano", network="private", auto_ip=False, wait=True
    )
    cloud.get_server(server.id)
    cloud.delete_server(server.id, wait=True)


began = time.perf_counter()
with ThreadPoolExecutor(number) as threads:
    list(threads.map(life, range(number)))
cloud.list_servers()
print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time()}))
