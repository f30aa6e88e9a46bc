"""A service manager's end of sd_notify(3): binds the socket of argv[1], prints each datagram as a line."""
import socket
import sys

peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
peer.bind(sys.argv[1])
print("bound", flush=True)
while True:
    # Descriptors that come with a datagram (BARRIER=1) are closed, since none are asked for.
    for line in peer.recv(4096).decode().splitlines():
        print(line, flush=True)
