import { useInfiniteQuery } from "@connectrpc/connect-query";
import { ComputeService, type Keypair, type ListKeypairsResponse } from "../gen/oaktree/v1/compute_pb.js";
import { ListPanel } from "../lists/list-panel.tsx";
import { pageSize, paging, usePages } from "../lists/use-pages.ts";
import { objectKey } from "../locations/location.ts";
import { useLocations } from "../locations/seen-locations.tsx";
import { DialogButton } from "../ui/dialog-button.tsx";
import { KeypairForm } from "./keypair-form.tsx";
import { KeypairRow } from "./keypair-row.tsx";

const columns = ["Name", "Fingerprint", "Location", ""];

/** The keys that servers can be started with. */
export function KeypairsPanel() {
  const { chosen: location } = useLocations();
  const request = { ...(location && { location }), pageSize, pageToken: "" };
  const query = useInfiniteQuery(ComputeService.method.listKeypairs, request, paging);
  const pages = usePages(query, keypairsOf);
  return (
    <ListPanel
      title="Keypairs"
      pages={pages}
      count={pages.items.length}
      columns={columns}
      empty="No keypairs yet. Add your public key to log in to your servers."
      actions={
        <DialogButton label="Add keypair" title="Add a keypair">
          {(close) => <KeypairForm onDone={close} />}
        </DialogButton>
      }
    >
      {pages.items.map((keypair) => (
        <KeypairRow key={objectKey(keypair)} keypair={keypair} />
      ))}
    </ListPanel>
  );
}

function keypairsOf(page: ListKeypairsResponse): Keypair[] {
  return page.keypairs;
}
