"""run.py MODULE:FUNCTION [ARGUMENT...]: what a console script would do."""
import importlib
import sys


def main():
    module, _, function = sys.argv.pop(1).partition(':')
    # sys.path starts with this file's directory, which holds nothing to import
    sys.path.pop(0)
    # nova.cmd.compute is nova-compute: some read their name
    sys.argv[0] = '-'.join((module.partition('.')[0], module.rpartition('.')[2]))
    return getattr(importlib.import_module(module), function)()


if __name__ == '__main__':
    sys.exit(main())
