import { useMutation } from "@connectrpc/connect-query";
import { ComputeService } from "../gen/oaktree/v1/compute_pb.js";
import { useReload } from "../lists/use-reload.ts";
import { useFormLocation } from "../locations/use-form-location.tsx";
import { CreateForm } from "../ui/create-form.tsx";
import { Field } from "../ui/field.tsx";

/** Imports a public key. */
export function KeypairForm({ onDone }: { readonly onDone: () => void }) {
  const { location, field } = useFormLocation();
  const reload = useReload(ComputeService.method.listKeypairs);
  const create = useMutation(ComputeService.method.createKeypair, {
    onSuccess: () => {
      onDone();
      return reload();
    },
  });
  const submit = (form: FormData): void => {
    create.mutate({
      ...(location && { location }),
      name: String(form.get("name")),
      publicKey: String(form.get("publicKey")).trim(),
    });
  };
  return (
    <CreateForm
      submit="Add keypair"
      isBusy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onCancel={onDone}
    >
      {field}
      <Field label="Name">
        {(control) => (
          <input {...control} name="name" required maxLength={255} autoComplete="off" spellCheck={false} />
        )}
      </Field>
      <Field label="Public key" hint="The content of a file such as ~/.ssh/id_ed25519.pub.">
        {(control) => (
          <textarea
            {...control}
            name="publicKey"
            required
            rows={5}
            spellCheck={false}
            placeholder="ssh-ed25519 AAAA…"
          />
        )}
      </Field>
    </CreateForm>
  );
}
