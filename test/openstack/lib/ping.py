"""ping.py RABBIT_URL SECONDS: ask every RPC server through RabbitMQ whether it is there.

Reads the servers from stdin, one a line: daemon, exchange, topic, server (or
-).  Prints the daemon that does not answer in time, and exits with 1.
"""
import os
import sys
import time
import traceback

import oslo_messaging
from oslo_config import cfg

CONTEXT = {'read_deleted': 'no'}    # cinder refuses a context without it


def answers(transport, exchange, topic, server):
    target = oslo_messaging.Target(
        exchange=exchange, topic=topic,
        server=None if server == '-' else server)
    client = oslo_messaging.get_rpc_client(transport, target, timeout=1)
    try:
        return client.call(CONTEXT, 'oslo_rpc_server_ping') == 'pong'
    except oslo_messaging.MessagingException:
        return False


def main():
    deadline = time.monotonic() + float(sys.argv[2])
    # the global one: oslo.messaging's own metrics options are in no other
    cfg.CONF([])
    transport = oslo_messaging.get_rpc_transport(cfg.CONF, sys.argv[1])
    for line in sys.stdin:
        daemon, *address = line.split()
        while not answers(transport, *address):
            if time.monotonic() > deadline:
                print(daemon)
                return 1
    return 0


if __name__ == '__main__':
    try:
        code = main()
    except Exception:
        traceback.print_exc()
        code = 2
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)      # oslo.messaging's threads would hold the exit up for 10 s
