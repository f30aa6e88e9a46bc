"""swift_server.py proxy|account|container|object CONF verbose"""
import logging
import os
import sys

from swift.common import utils


class NoSyslog(logging.NullHandler):
    """Without /dev/log swift would open UDP sockets on 0.0.0.0; "verbose" logs to stderr."""

    def __init__(self, *args, **kwargs):
        super().__init__()


def main():
    kind = sys.argv.pop(1)
    sys.argv[0] = 'swift-%s-server' % kind
    utils.ThreadSafeSysLogHandler = NoSyslog
    conf, options = utils.parse_options()
    utils.set_swift_dir(os.path.dirname(conf))    # or /etc/swift/swift.conf is read
    from swift.common.wsgi import run_wsgi
    if kind == 'object':
        from swift.obj import server
        options['global_conf_callback'] = server.global_conf_callback
    return run_wsgi(conf, kind + '-server', **options)


if __name__ == '__main__':
    sys.exit(main())
