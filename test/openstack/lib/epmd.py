"""epmd.py HOST PORT: Erlang's port mapper on one address and no other."""
import os
import socket
import sys

host, port = sys.argv[1:]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((host, int(port)))
listener.listen(128)
# sd_listen_fds(3): handed-over sockets begin at descriptor 3
if listener.fileno() != 3:
    os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
os.execvp('epmd', ['epmd', '-systemd', '-port', port])
