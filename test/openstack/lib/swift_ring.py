"""swift_ring.py SWIFT_DIR KIND HOST PORT: a ring with one device."""
import os
import sys

from swift.common.utils import set_swift_dir

directory, kind, host, port = sys.argv[1:]
set_swift_dir(directory)    # or the next import reads /etc/swift/swift.conf

from swift.common.ring import RingBuilder  # noqa: E402

builder = RingBuilder(part_power=6, replicas=1, min_part_hours=1)
builder.add_dev({
    'id': 0, 'region': 1, 'zone': 1, 'device': 'd1', 'weight': 1.0, 'meta': '',
    'ip': host, 'port': int(port), 'replication_ip': host, 'replication_port': int(port)})
builder.rebalance()
builder.get_ring().save(os.path.join(directory, kind + '.ring.gz'))
