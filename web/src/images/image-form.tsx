import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { ImageService } from "../gen/oaktree/v1/image_pb.js";
import { useReload } from "../lists/use-reload.ts";
import { useFormLocation } from "../locations/use-form-location.tsx";
import { CreateForm } from "../ui/create-form.tsx";
import { Field } from "../ui/field.tsx";
import { mebibyte, sizeText } from "../ui/sizes.ts";
import { formatOf, formats } from "./disk-formats.ts";

/** What `CreateImageRequest.data` takes at most. */
const maxBytes = mebibyte;

/** Uploads a small file as an image. */
export function ImageForm({ onDone }: { readonly onDone: () => void }) {
  const { location, field } = useFormLocation();
  const [file, setFile] = useState<File>();
  const [name, setName] = useState("");
  const [format, setFormat] = useState("");
  const reload = useReload(ImageService.method.listImages);
  const create = useMutation(ImageService.method.createImage, {
    onSuccess: () => {
      onDone();
      return reload();
    },
  });

  const choose = (chosen: File | undefined): void => {
    setFile(chosen);
    if (chosen !== undefined) {
      setName(chosen.name.replace(/\.[^.]*$/, ""));
      setFormat(formatOf(chosen.name));
    }
  };
  const isTooBig = file !== undefined && file.size > maxBytes;
  const submit = async (): Promise<void> => {
    if (file === undefined || isTooBig) {
      return;
    }
    const data = new Uint8Array(await file.arrayBuffer());
    create.mutate({
      ...(location && { location }),
      image: { name, diskFormat: format, sizeBytes: BigInt(data.length) },
      data,
    });
  };

  return (
    <CreateForm
      submit="Upload image"
      isBusy={create.isPending || isTooBig}
      error={create.error}
      onSubmit={() => void submit()}
      onCancel={onDone}
    >
      {field}
      <Field label="File" hint={`Up to ${sizeText(maxBytes)}.`}>
        {(control) => (
          <input
            {...control}
            type="file"
            required
            onChange={(event) => choose(event.currentTarget.files?.[0])}
          />
        )}
      </Field>
      {isTooBig && (
        <p className="notice warn" role="alert">
          This file has {sizeText(file.size)}. From a browser, Oaktree takes {sizeText(maxBytes)} at most for
          now; bigger images go through the gRPC call <code>UploadImage</code>, which streams any size.
        </p>
      )}
      <Field label="Name">
        {(control) => (
          <input
            {...control}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            maxLength={255}
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label="Disk format">
        {(control) => (
          <select {...control} value={format} onChange={(event) => setFormat(event.currentTarget.value)}>
            <option value="">What the cloud takes</option>
            {formats.map((known) => (
              <option key={known}>{known}</option>
            ))}
          </select>
        )}
      </Field>
    </CreateForm>
  );
}
