"""A server's whole life, an image upload and an object upload by openstacksdk, straight at an OpenStack.

It is told by OS_CLIENT_CONFIG_FILE where that is. Nothing in it knows of the sandbox or of Oaktree.
"""
import hashlib
import io
import os
import tempfile
import uuid

import openstack

run = uuid.uuid4().hex[:8]
name = "sdk-" + run
cloud = openstack.connect(cloud="demo", region_name="RegionOne")


def step(words):
    print(words, flush=True)


def image():
    data = os.urandom(300_000)
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        made = cloud.create_image(name, filename=file.name, disk_format="raw", container_format="bare", wait=True)
    assert made.status == "active", made
    out = io.BytesIO()
    cloud.download_image(name, output_file=out)
    assert out.getvalue() == data
    cloud.image.update_image(made.id, os_distro="debian")
    assert cloud.image.get_image(made.id).os_distro == "debian"
    step("an image went up and came down")
    return made


def server(image_id):
    keypair = cloud.create_keypair(name)
    group = cloud.create_security_group(name, "of openstacksdk")
    cloud.create_security_group_rule(group.id, port_range_min=22, port_range_max=22, protocol="tcp",
                                     remote_ip_prefix="0.0.0.0/0")
    made = cloud.create_server(name, image=image_id, flavor="m1.nano", network="private", key_name=keypair.name,
                               security_groups=[group.name], meta={"of": "sdk"}, auto_ip=True, wait=True, timeout=120)
    kinds = {each["OS-EXT-IPS:type"] for each in made.addresses["private"]}
    assert made.status == "ACTIVE" and kinds == {"fixed", "floating"}, made
    step("a server is ACTIVE and has a floating IP")
    assert [each.id for each in cloud.list_servers(filters={"name": name})] == [made.id]
    cloud.set_server_metadata(made.id, {"more": "yes"})
    assert cloud.get_server(made.id).metadata == {"of": "sdk", "more": "yes"}
    cloud.compute.reboot_server(made, "SOFT")
    cloud.compute.wait_for_server(cloud.compute.get_server(made.id), "ACTIVE", wait=60)
    cloud.compute.stop_server(made)
    cloud.compute.wait_for_server(cloud.compute.get_server(made.id), "SHUTOFF", wait=60)
    cloud.compute.start_server(made)
    cloud.compute.wait_for_server(cloud.compute.get_server(made.id), "ACTIVE", wait=60)
    cloud.update_server(made.id, name=name + "-new")
    step("it was stopped, started and renamed")
    volume = cloud.create_volume(1, name=name, wait=True, timeout=60)
    cloud.attach_volume(made, volume, wait=True, timeout=60)
    cloud.detach_volume(cloud.get_server(made.id), cloud.get_volume(volume.id), wait=True, timeout=60)
    assert cloud.delete_volume(volume.id, wait=True, timeout=60)
    step("a volume came and went")
    snapshot = cloud.create_image_snapshot(name + "-snapshot", made.id, wait=True, timeout=60)
    assert cloud.delete_image(snapshot.id, wait=True)
    assert cloud.delete_server(made.id, wait=True, timeout=60, delete_ips=True)
    assert cloud.get_server(made.id) is None
    assert cloud.delete_security_group(group.id)
    assert cloud.delete_keypair(name)
    step("the server and all that was its own are gone")


def objects():
    cloud.create_container(name, public=False)
    data = os.urandom(200_000)
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        cloud.create_object(name, "a/small", filename=file.name, metadata={"kind": "test"})
        # In segments, joined by a static large object.
        cloud.create_object(name, "large", filename=file.name, segment_size=60_000, use_slo=True)
    small = cloud.object_store.get_object_metadata("a/small", container=name)
    assert small.metadata["kind"] == "test" and small.etag == hashlib.md5(data).hexdigest(), small
    assert cloud.object_store.get_object_metadata("large", container=name).is_static_large_object
    for each in ("a/small", "large"):
        assert cloud.object_store.download_object(each, container=name) == data, each
    assert {"a/small", "large"} <= {each.name for each in cloud.list_objects(name)}
    cloud.object_store.set_object_metadata("a/small", container=name, kind="changed")
    assert cloud.object_store.get_object_metadata("a/small", container=name).metadata["kind"] == "changed"
    step("objects went up, whole and in segments, and came down")
    for each in cloud.list_objects(name):
        cloud.delete_object(name, each.name)
    assert cloud.delete_container(name)


def credential():
    identity = cloud.identity
    user = cloud.current_user_id
    made = identity.create_application_credential(user=user, name=name, roles=[{"name": "reader"}])
    auth = {"auth_url": cloud.config.get_auth_args()["auth_url"], "application_credential_id": made.id,
            "application_credential_secret": made.secret}
    robot = openstack.connect(auth_type="v3applicationcredential", auth=auth, region_name="RegionOne",
                              load_yaml_config=False, load_envvars=False)
    assert list(robot.compute.flavors())
    identity.delete_application_credential(user, made.id)
    assert identity.find_application_credential(user, name) is None
    step("an application credential was used and deleted")


def clean():
    """Takes away what a run that failed has left."""
    for each in cloud.list_servers():
        if each.name.startswith(name):
            cloud.delete_server(each.id, wait=True, timeout=60, delete_ips=True)
    for each in cloud.list_volumes():
        if each.name == name:
            cloud.delete_volume(each.id, wait=True, timeout=60)
    for each in cloud.list_images():
        if (each.name or "").startswith(name):
            cloud.delete_image(each.id)
    if cloud.get_security_group(name):
        cloud.delete_security_group(name)
    cloud.delete_keypair(name)
    if cloud.get_container(name):
        for each in cloud.list_objects(name):
            cloud.delete_object(name, each.name)
        cloud.delete_container(name)


try:
    server(image().id)
    objects()
    credential()
finally:
    clean()
print("all are gone")
