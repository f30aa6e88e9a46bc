import { useMutation } from "@connectrpc/connect-query";
import { Fragment } from "react";
import { ComputeService, type Server } from "../gen/oaktree/v1/compute_pb.js";
import { useReload } from "../lists/use-reload.ts";
import { locationKey } from "../locations/location.ts";
import { useFormLocation } from "../locations/use-form-location.tsx";
import { CreateForm } from "../ui/create-form.tsx";
import { Field } from "../ui/field.tsx";
import { ChoiceField } from "./choice-field.tsx";
import { useLaunchChoices } from "./use-launch-choices.ts";

interface LaunchFormProps {
  readonly onDone: () => void;
  readonly onLaunched: (server: Server) => void;
}

/** Asks what a server is to be, and starts it. */
export function LaunchForm({ onDone, onLaunched }: LaunchFormProps) {
  const { location, field } = useFormLocation();
  const { images, flavors, networks, keypairs } = useLaunchChoices(location);
  const reload = useReload(ComputeService.method.listServers);
  const create = useMutation(ComputeService.method.createServer, {
    onSuccess: ({ server }) => {
      if (server !== undefined) {
        onLaunched(server);
      }
      onDone();
      return reload();
    },
  });
  const submit = (form: FormData): void => {
    const network = String(form.get("network"));
    create.mutate({
      ...(location && { location }),
      name: String(form.get("name")),
      image: String(form.get("image")),
      flavor: String(form.get("flavor")),
      networks: network === "" ? [] : [network],
      keyName: String(form.get("keypair")),
    });
  };
  return (
    <CreateForm
      submit="Launch server"
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
      {/* Another location has other things, so what was chosen goes with it. */}
      <Fragment key={location && locationKey(location)}>
        <ChoiceField label="Image" name="image" choices={images} />
        <ChoiceField label="Flavor" name="flavor" choices={flavors} />
        <ChoiceField label="Network" name="network" choices={networks} none="The cloud chooses" />
        <ChoiceField label="Keypair" name="keypair" choices={keypairs} none="None" />
      </Fragment>
    </CreateForm>
  );
}
