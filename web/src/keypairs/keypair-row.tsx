import { useMutation } from "@connectrpc/connect-query";
import { problemOf } from "../api/problem.ts";
import { ComputeService, type Keypair } from "../gen/oaktree/v1/compute_pb.js";
import { useReload } from "../lists/use-reload.ts";
import { locationText, selectorOf } from "../locations/location.ts";
import { DeleteButton } from "../ui/delete-button.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";

/** One keypair. */
export function KeypairRow({ keypair }: { readonly keypair: Keypair }) {
  const onSuccess = useReload(ComputeService.method.listKeypairs);
  const remove = useMutation(ComputeService.method.deleteKeypair, { onSuccess });
  const { name, location } = keypair;
  return (
    <>
      <tr>
        <th scope="row" data-label="Name">
          {name}
        </th>
        <td data-label="Fingerprint">
          <code className="fingerprint">{keypair.fingerprint}</code>
        </td>
        <td data-label="Location" className="quiet">
          {location && locationText(location)}
        </td>
        <td className="buttons">
          <DeleteButton
            what={`keypair ${name}`}
            isBusy={remove.isPending}
            onDelete={() =>
              remove.mutate({
                ...(location && { location: selectorOf(location) }),
                nameOrId: keypair.id,
                allowMissing: true,
              })
            }
          />
        </td>
      </tr>
      {remove.error && (
        <tr className="note">
          <td colSpan={4}>
            <ProblemNotice problem={problemOf(remove.error)} />
          </td>
        </tr>
      )}
    </>
  );
}
