"""A cinder backend whose volumes are sparse files in one directory.

Real bytes (volume from image, image from volume, clone, snapshot, extend),
no LVM, no iSCSI, no mounts.  Attaching is a 'local' connection, which the
fake nova driver does not look into.
"""
import os
import subprocess

from oslo_config import cfg
from oslo_utils import units

from cinder import interface
from cinder.image import image_utils
from cinder.volume import configuration
from cinder.volume import driver
from cinder.volume import volume_utils

OPTS = [cfg.StrOpt('file_volume_dir', help='where the volume files lie'),
        cfg.IntOpt('file_capacity_gb', default=1000)]
cfg.CONF.register_opts(OPTS, group=configuration.SHARED_CONF_GROUP)


@interface.volumedriver
class FileVolumeDriver(driver.VolumeDriver):
    VERSION = '1.0'
    CI_WIKI_NAME = 'none'

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTS)
        self.dir = self.configuration.file_volume_dir

    def do_setup(self, context):
        os.makedirs(self.dir, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def local_path(self, obj):
        return os.path.join(self.dir, obj.name)

    def _copy(self, src, dst, size_gb=None):
        subprocess.run(['cp', '--sparse=always', '--reflink=auto', src, dst],
                       check=True)
        if size_gb:
            os.truncate(dst, size_gb * units.Gi)

    def _unlink(self, obj):
        try:
            os.unlink(self.local_path(obj))
        except FileNotFoundError:
            pass

    def create_volume(self, volume):
        with open(self.local_path(volume), 'wb') as f:
            f.truncate(volume.size * units.Gi)

    def delete_volume(self, volume):
        self._unlink(volume)

    def create_snapshot(self, snapshot):
        self._copy(self.local_path(snapshot.volume), self.local_path(snapshot))

    def delete_snapshot(self, snapshot):
        self._unlink(snapshot)

    def create_volume_from_snapshot(self, volume, snapshot):
        self._copy(self.local_path(snapshot), self.local_path(volume),
                   volume.size)

    def create_cloned_volume(self, volume, src_vref):
        self._copy(self.local_path(src_vref), self.local_path(volume),
                   volume.size)

    def revert_to_snapshot(self, context, volume, snapshot):
        self._copy(self.local_path(snapshot), self.local_path(volume),
                   volume.size)

    def extend_volume(self, volume, new_size):
        os.truncate(self.local_path(volume), new_size * units.Gi)

    def copy_image_to_volume(self, context, volume, image_service, image_id,
                             disable_sparse=False):
        image_utils.fetch_to_raw(
            context, image_service, image_id, self.local_path(volume),
            self.configuration.volume_dd_blocksize, size=volume.size,
            run_as_root=False)
        os.truncate(self.local_path(volume), volume.size * units.Gi)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        volume_utils.upload_volume(context, image_service, image_meta,
                                   self.local_path(volume), volume,
                                   run_as_root=False)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        return {'driver_volume_type': 'local',
                'data': {'device_path': self.local_path(volume)}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def create_export_snapshot(self, context, snapshot, connector):
        pass

    def remove_export_snapshot(self, context, snapshot):
        pass

    def initialize_connection_snapshot(self, snapshot, connector, **kwargs):
        return {'driver_volume_type': 'local',
                'data': {'device_path': self.local_path(snapshot)}}

    def terminate_connection_snapshot(self, snapshot, connector, **kwargs):
        pass

    def retype(self, context, volume, new_type, diff, host):
        return True, None

    def _update_volume_stats(self):
        total = self.configuration.file_capacity_gb
        used = sum(os.stat(os.path.join(self.dir, n)).st_blocks * 512
                   for n in os.listdir(self.dir)) / units.Gi
        self._stats = {
            'volume_backend_name':
                self.configuration.safe_get('volume_backend_name') or 'files',
            'vendor_name': 'files', 'driver_version': self.VERSION,
            'storage_protocol': 'local',
            'pools': [{
                'pool_name': 'files',
                'total_capacity_gb': total,
                'free_capacity_gb': max(0, total - used),
                'provisioned_capacity_gb': used,
                'max_over_subscription_ratio': '20.0',
                'reserved_percentage': 0,
                'thin_provisioning_support': True,
                'thick_provisioning_support': False,
                'multiattach': True,
                'QoS_support': False,
            }]}
