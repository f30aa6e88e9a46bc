"""nova-compute that also finds the drivers in drivers/nova_virt."""
import os

import nova.virt
from nova.cmd import compute

NOVA_VIRT = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'nova_virt')


def main():
    nova.virt.__path__.append(NOVA_VIRT)
    return compute.main()
