"""Neutron without agents: bind every port at once, on any host.

The mechanism driver plays the part of an L2 agent that answers instantly
(binding + status ACTIVE) and, for the status of floating IPs and of the
routers' own ports, that of an L3 agent.  No packet moves anywhere.
"""
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events
from neutron_lib.callbacks import registry
from neutron_lib.callbacks import resources
from neutron_lib import constants
from neutron_lib.db import api as db_api
from neutron_lib.plugins import constants as plugin_constants
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api

ROUTER_OWNERS = (constants.DEVICE_OWNER_ROUTER_INTF,
                 constants.DEVICE_OWNER_ROUTER_GW)


class LoopbackMechanismDriver(api.MechanismDriver):
    def initialize(self):
        self.vif_details = {
            portbindings.CAP_PORT_FILTER: True,
            portbindings.VIF_DETAILS_CONNECTIVITY: portbindings.CONNECTIVITY_L2,
        }
        for event in (events.AFTER_CREATE, events.AFTER_UPDATE):
            registry.subscribe(self.floating_ip, resources.FLOATING_IP, event)

    def floating_ip(self, resource, event, trigger, payload):
        fip = payload.latest_state
        want = (constants.FLOATINGIP_STATUS_ACTIVE if fip.get('port_id')
                else constants.FLOATINGIP_STATUS_DOWN)
        if fip['status'] != want:
            with db_api.CONTEXT_WRITER.using(payload.context):
                directory.get_plugin(plugin_constants.L3).\
                    update_floatingip_status(payload.context, fip['id'], want)
            fip['status'] = want

    @property
    def connectivity(self):
        return portbindings.CONNECTIVITY_L2

    def bind_port(self, context):
        vnic = context.current.get(portbindings.VNIC_TYPE)
        if vnic not in (portbindings.VNIC_NORMAL, portbindings.VNIC_DIRECT,
                        portbindings.VNIC_MACVTAP):
            return
        for segment in context.segments_to_bind:
            context.set_binding(segment[api.ID], portbindings.VIF_TYPE_OVS,
                                dict(self.vif_details),
                                status=constants.PORT_STATUS_ACTIVE)
            return

    def create_port_postcommit(self, context):
        # a router's own ports carry no host and so are never bound
        if context.current['device_owner'] in ROUTER_OWNERS:
            directory.get_plugin().update_port_status(
                context._plugin_context, context.current['id'],
                constants.PORT_STATUS_ACTIVE)

    update_port_postcommit = create_port_postcommit

    def filter_hosts_with_segment_access(self, context, segments,
                                         candidate_hosts, agent_getter):
        return set(candidate_hosts)
