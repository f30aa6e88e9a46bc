"""A hypervisor for nova that runs nothing: nova's own fake driver, made larger.

Nova looks for drivers in the package nova.virt only; oaktree_openstack.compute
puts this directory there.  What the fake driver lacks for a test of clients:

- room for the whole quota;
- memory: instances live in the process, so after a restart of nova-compute
  those that nova still lists are taken up again, with the power state that
  nova remembers;
- snapshots: the image of a server receives bytes and becomes active.
"""
import io

from nova.compute import power_state
from nova.compute import task_states
from nova.image import glance
from nova.virt import fake

SNAPSHOT = b'\0' * (1 << 20)


class Instances(dict):
    """The instances by uuid."""

    def adopt(self, instance):
        if instance.uuid not in self:
            state = (power_state.SHUTDOWN
                     if instance.power_state == power_state.SHUTDOWN
                     else power_state.RUNNING)
            self[instance.uuid] = fake.FakeInstance(
                instance.name, state, instance.uuid)


class LoopbackDriver(fake.FakeDriver):
    # 2000 servers, the quota of a project, of the largest flavor but m1.toobig
    vcpus = 16000
    memory_mb = 33554432
    local_gb = 400000

    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        self.instances = Instances()

    def get_info(self, instance, use_cache=True):
        # asked of every instance of this host when nova-compute starts
        if instance.vm_state != 'building':
            self.instances.adopt(instance)
        return super().get_info(instance, use_cache)

    def power_on(self, context, instance, *args, **kwargs):
        self.instances.adopt(instance)
        super().power_on(context, instance, *args, **kwargs)

    def power_off(self, instance, *args, **kwargs):
        self.instances.adopt(instance)
        super().power_off(instance, *args, **kwargs)

    def unrescue(self, context, instance):
        self.instances.adopt(instance)
        super().unrescue(context, instance)

    def snapshot(self, context, instance, image_id, update_task_state):
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        update_task_state(task_state=task_states.IMAGE_UPLOADING,
                          expected_state=task_states.IMAGE_PENDING_UPLOAD)
        api = glance.API()
        image = api.get(context, image_id)
        api.update(context, image_id, {
            'name': image['name'],
            'disk_format': image.get('disk_format') or 'raw',
            'container_format': image.get('container_format') or 'bare',
            'properties': image['properties'],
        }, io.BytesIO(SNAPSHOT), purge_props=False)
