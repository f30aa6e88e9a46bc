import { create, type Message } from "@bufbuild/protobuf";
import type { CallScope, Region } from "../cloud/region.ts";
import type { Volume, VolumeSnapshot } from "../gen/oaktree/v1/block_storage_pb.js";
import { ProjectSchema } from "../gen/oaktree/v1/common_pb.js";

/**
 * The `complete` hook of volumes and snapshots: Cinder tells the project when it
 * shows an object, but not in its answers to creates and changes
 * (cinder/api/contrib/volume_tenant_attribute.py). Those are about the caller's own.
 */
export async function completeProject(messages: Message[], region: Region, scope: CallScope): Promise<void> {
  const untold = (messages as (Volume | VolumeSnapshot)[]).filter(({ projectId }) => projectId === "");
  if (untold.length === 0) {
    return;
  }
  const { project } = await region.identity(scope);
  for (const message of untold) {
    if (project !== undefined && message.location !== undefined) {
      message.projectId = project.id;
      message.location.project = create(ProjectSchema, { id: project.id });
    }
  }
}
