"""resources.py CLOUDS: networks, flavors, an image, a volume type.

May be repeated: what is there already stays as it is.
"""
import os
import sys

import openstack.config
import openstack.connection

FLAVORS = [     # id, name, MiB of RAM, vCPUs, GiB of disk
    ('42', 'm1.nano', 192, 1, 1),
    ('1', 'm1.tiny', 512, 1, 1),
    ('2', 'm1.small', 2048, 1, 20),
    ('3', 'm1.medium', 4096, 2, 40),
    ('4', 'm1.large', 8192, 4, 80),
    ('5', 'm1.xlarge', 16384, 8, 160),
    # twice the host's RAM, half the quota's: "No valid host was found"
    ('9', 'm1.toobig', 67108864, 1, 1),
]


def connect(cloud):
    config = openstack.config.OpenStackConfig(
        config_files=[sys.argv[1]], load_envvars=False)
    return openstack.connection.Connection(config=config.get_one(cloud=cloud))


def networks(admin, demo):
    public = admin.network.find_network('public') or \
        admin.network.create_network(
            name='public', is_router_external=True,
            provider_network_type='flat', provider_physical_network='public')
    if not admin.network.find_subnet('public-subnet'):
        admin.network.create_subnet(
            name='public-subnet', network_id=public.id, ip_version=4,
            cidr='172.24.0.0/20', gateway_ip='172.24.0.1',
            is_dhcp_enabled=False)
    private = demo.network.find_network('private') or \
        demo.network.create_network(name='private')
    subnet = demo.network.find_subnet('private-subnet') or \
        demo.network.create_subnet(
            name='private-subnet', network_id=private.id, ip_version=4,
            cidr='10.10.0.0/20', dns_nameservers=['9.9.9.9'])
    router = demo.network.find_router('router1') or \
        demo.network.create_router(
            name='router1', external_gateway_info={'network_id': public.id})
    if not any(demo.network.ports(device_id=router.id,
                                  network_id=private.id)):
        demo.network.add_interface_to_router(router, subnet_id=subnet.id)


def flavors(admin):
    have = {flavor.name for flavor in admin.compute.flavors(details=False)}
    for identifier, name, ram, vcpus, disk in FLAVORS:
        if name not in have:
            admin.compute.create_flavor(
                id=identifier, name=name, ram=ram, vcpus=vcpus, disk=disk)


def image(admin):
    for found in admin.image.images(name='lab-small'):
        if found.status == 'active':
            return
        admin.image.delete_image(found)     # an upload that was interrupted
    admin.image.create_image(
        name='lab-small', disk_format='raw', container_format='bare',
        visibility='public', min_disk=0, min_ram=0, data=os.urandom(1 << 20))


def volume_type(admin):
    if 'files' not in [found.name for found in admin.block_storage.types()]:
        admin.block_storage.create_type(
            name='files', description='sparse files',
            extra_specs={'volume_backend_name': 'files'})


def main():
    admin, demo = connect('admin'), connect('demo')
    flavors(admin)
    image(admin)
    volume_type(admin)
    networks(admin, demo)


if __name__ == '__main__':
    main()
