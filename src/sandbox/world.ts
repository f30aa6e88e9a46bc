import { type CinderState, cinderState } from "./cinder/state.ts";
import type { Timeline } from "./core/timeline.ts";
import { newWorld } from "./core/world.ts";
import { type GlanceState, glanceState } from "./glance/state.ts";
import { type KeystoneState, keystoneState } from "./keystone/state.ts";
import { type NeutronState, neutronState } from "./neutron/state/types.ts";
import { type NovaState, novaState, type Quota } from "./nova/state.ts";
import { type SwiftState, swiftState } from "./swift/state.ts";

/** All that the sandbox holds, in memory; each part is a service's, and says its bounds. */
export interface World extends KeystoneState, GlanceState, NeutronState, CinderState, NovaState, SwiftState {}

/** A world with nothing in it. */
export function emptyWorld(timeline: Timeline, quota: Quota, imageBytes: number, objectBytes: number): World {
  return {
    ...newWorld(timeline),
    ...keystoneState(),
    ...glanceState(imageBytes),
    ...neutronState(),
    ...cinderState(),
    ...novaState(quota),
    ...swiftState(objectBytes),
  };
}
